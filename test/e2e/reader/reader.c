/* A NATS client that shares no code with the project: prints each message as "SUBJECT<tab>PAYLOAD". */
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: reader URL SUBJECT COUNT\n");
    return 2;
  }
  natsConnection* connection = NULL;
  natsSubscription* subscription = NULL;
  natsStatus status = natsConnection_ConnectTo(&connection, argv[1]);
  if (status == NATS_OK) status = natsConnection_SubscribeSync(&subscription, connection, argv[2]);
  for (int left = atoi(argv[3]); status == NATS_OK && left > 0; left--) {
    natsMsg* message = NULL;
    status = natsSubscription_NextMsg(&message, subscription, 20000);
    if (status != NATS_OK) break;
    printf("%s\t%.*s\n", natsMsg_GetSubject(message), natsMsg_GetDataLength(message), natsMsg_GetData(message));
    natsMsg_Destroy(message);
  }
  natsSubscription_Destroy(subscription);
  natsConnection_Destroy(connection);
  nats_Close();
  if (status == NATS_OK) return 0;
  fprintf(stderr, "reader: %s\n", natsStatus_GetText(status));
  return 1;
}
