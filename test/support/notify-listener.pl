#!/usr/bin/perl
# Binds a Unix datagram socket, as systemd does, and prints each message as one line: fields joined by blanks.
use strict;
use warnings;
use Socket;
$| = 1;
my ($path) = @ARGV;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, pack_sockaddr_un($path)) or die "bind: $!";
print "listening\n";
while (defined recv($socket, my $message, 4096, 0)) {
  $message =~ tr/\n/ /;
  print "$message\n";
}
