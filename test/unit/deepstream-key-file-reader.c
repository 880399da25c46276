// Reads paths of key files from stdin; answers each with one line of hex texts: what GLib finds in the file.
// "group key string item item ..." per key, keys separated by "|"; "!" where GLib refuses the file.
#include <glib.h>
#include <stdio.h>
#include <string.h>

static void print_hex(const char* text) {
  putchar(' ');
  putchar('x');
  for (; text != NULL && *text != '\0'; text++) printf("%02x", (unsigned char)*text);
}

static void print_key(GKeyFile* file, const char* group, const char* key) {
  gsize count = 0;
  gchar* value = g_key_file_get_string(file, group, key, NULL);
  gchar** list = g_key_file_get_string_list(file, group, key, &count, NULL);
  printf(" |");
  print_hex(group);
  print_hex(key);
  print_hex(value);
  for (gsize i = 0; list != NULL && i < count; i++) print_hex(list[i]);
  g_strfreev(list);
  g_free(value);
}

static void print_file(const char* path) {
  GKeyFile* file = g_key_file_new();
  if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL)) {
    putchar('!');
  } else {
    gchar** groups = g_key_file_get_groups(file, NULL);
    for (gchar** group = groups; *group != NULL; group++) {
      gchar** keys = g_key_file_get_keys(file, *group, NULL, NULL);
      for (gchar** key = keys; *key != NULL; key++) print_key(file, *group, *key);
      g_strfreev(keys);
    }
    g_strfreev(groups);
  }
  g_key_file_free(file);
  putchar('\n');
  fflush(stdout);
}

int main(void) {
  char path[4096];
  while (fgets(path, sizeof path, stdin) != NULL) {
    path[strcspn(path, "\n")] = '\0';
    print_file(path);
  }
  return 0;
}
