// The pipeline as plain data; mirrors src/graph/types.ts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "metadata/options.h"

namespace weir {

using Scalar = std::variant<bool, double, std::string>;
using Params = std::map<std::string, Scalar>;

// Filled from the parameters of the call that instantiates the template.
struct Hole {
  std::string name;
};
using PropValue = std::variant<Scalar, Hole>;

struct Node {
  std::string id;
  std::string element;
  std::vector<std::pair<std::string, PropValue>> props;
};

// An empty pad name means `src` or `sink`.
struct PadName {
  std::string node;
  std::string pad;
};

struct Link {
  PadName from;
  PadName to;
};

struct SourceVariant {
  std::string codec;
  std::string caps;
  std::vector<Node> nodes;
  std::vector<Link> links;
  std::string entry;
};

struct SourceRoles {
  std::string packets;  // its sink takes RTP; may be empty
  std::string parser;
  std::string tap;
  std::string encoded_queue;
  std::string decoder;
  std::string decoded_queue;
};

struct SourceTemplate {
  std::vector<Node> nodes;
  std::vector<Link> links;
  std::string dynamic;
  std::vector<SourceVariant> variants;
  std::string exit;
  SourceRoles roles;
};

struct BranchTemplate {
  std::vector<Node> nodes;
  std::vector<Link> links;
  std::string entry;
  std::string exit;
  bool needs_objects = false;
};

struct Graph {
  std::string provider;
  std::vector<Node> nodes;
  std::vector<Link> links;
  size_t slots = 0;
  std::string mux;
  std::string tee_prefix;
  PadName metadata;
  PadName gate;
  std::string detector;  // may be empty: nothing is measured there
  MessageOptions messages;
  std::map<std::string, SourceTemplate> sources;
  std::map<std::string, BranchTemplate> branches;
};

// Which access units are decoded.
enum class Decode : uint8_t {
  kAll,
  kReference,  // those that others are decoded with
  kKeyframes,
};

// Which of a source's frames are analysed. One word, so that it changes as a whole.
struct alignas(8) Selection {
  Decode decode = Decode::kAll;
  float max_fps = 0;  // 0: all that are decoded
};

struct SourceParams {
  std::string source_template;
  std::string stream;
  int64_t epoch = 0;
  uint32_t token = 0;  // says whose a message is; never used twice
  Params params;
  Selection selection;
};

}  // namespace weir
