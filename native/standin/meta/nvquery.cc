// NVIDIA's query types and structures are closed. Ours are plain custom queries told apart by name; nothing
// outside this file may read them but through these functions.
#include "gst-nvquery.h"

namespace {

struct Kind {
  const char* name;
  const char* field;
};

constexpr Kind kBatchSize{"nv-batch-size", "batch-size"};
constexpr Kind kNumStreams{"nv-num-streams", "num-streams"};

GstQuery* make(const Kind& kind) {
  return gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty(kind.name));
}

gboolean is(const Kind& kind, GstQuery* query) {
  if (!GST_IS_QUERY(query) || GST_QUERY_TYPE(query) != GST_QUERY_CUSTOM) return FALSE;
  return gst_structure_has_name(gst_query_get_structure(query), kind.name);
}

void answer(const Kind& kind, GstQuery* query, guint value) {
  g_return_if_fail(is(kind, query));
  gst_structure_set(gst_query_writable_structure(query), kind.field, G_TYPE_UINT, value, nullptr);
}

// False while nobody has answered.
gboolean parse(const Kind& kind, GstQuery* query, guint* value) {
  if (!is(kind, query) || value == nullptr) return FALSE;
  return gst_structure_get_uint(gst_query_get_structure(query), kind.field, value);
}

}  // namespace

GstQuery* gst_nvquery_batch_size_new() { return make(kBatchSize); }

gboolean gst_nvquery_is_batch_size(GstQuery* query) { return is(kBatchSize, query); }

void gst_nvquery_batch_size_set(GstQuery* query, guint batch_size) { answer(kBatchSize, query, batch_size); }

gboolean gst_nvquery_batch_size_parse(GstQuery* query, guint* batch_size) {
  return parse(kBatchSize, query, batch_size);
}

GstQuery* gst_nvquery_numStreams_size_new() { return make(kNumStreams); }

gboolean gst_nvquery_is_numStreams_size(GstQuery* query) { return is(kNumStreams, query); }

void gst_nvquery_numStreams_size_set(GstQuery* query, guint numStreams_size) {
  answer(kNumStreams, query, numStreams_size);
}

gboolean gst_nvquery_numStreams_size_parse(GstQuery* query, guint* numStreams_size) {
  return parse(kNumStreams, query, numStreams_size);
}
