// A pipeline on the stand-in without inference, and small encoded files to feed it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"

namespace weir::test {

using namespace std::chrono_literals;

inline constexpr auto kPatience = 20s;

inline Node node(const std::string& id, const std::string& element,
                 std::vector<std::pair<std::string, PropValue>> props = {}) {
  return {id, element, std::move(props)};
}
// In place: under sanitizers GCC 12 takes the string in a moved variant that holds none for uninitialised.
inline PropValue text(const std::string& value) { return PropValue(std::in_place_type<Scalar>, value); }
inline PropValue number(double value) { return PropValue(std::in_place_type<Scalar>, value); }
inline PropValue flag(bool value) { return PropValue(std::in_place_type<Scalar>, value); }

inline Node queue(const std::string& id, int buffers, bool leaky = false) {
  return node(id, "queue",
              {{"max-size-buffers", number(buffers)},
               {"max-size-bytes", number(0)},
               {"max-size-time", number(0)},
               {"leaky", text(leaky ? "downstream" : "no")}});
}

inline std::vector<Link> chain(const std::vector<std::string>& ids) {
  std::vector<Link> links;
  for (size_t i = 1; i < ids.size(); i++) links.push_back({{ids[i - 1], ""}, {ids[i], ""}});
  return links;
}

struct SourceShape {
  bool paced = true;
  int encoded_bound = 30;
  int decode_us = 0;  // more time per access unit than decoding takes
};

// Files in Matroska; H.264 alone is decoded.
inline SourceTemplate file_source(const SourceShape& shape) {
  SourceVariant h264{.codec = "H264", .caps = "video/x-h264", .nodes = {}, .links = {}, .entry = "parse"};
  h264.nodes = {
      node("parse", "h264parse"),
      node("format", "capsfilter", {{"caps", text("video/x-h264,stream-format=byte-stream,alignment=au")}}),
      node("pace", "clocksync", {{"sync", flag(shape.paced)}}),
      node("tap", "tee", {{"allow-not-linked", flag(true)}}),
      queue("encoded", shape.encoded_bound),
      node("slow", "identity", {{"sleep-time", number(shape.decode_us)}}),
      node("decode", "avdec_h264", {{"max-threads", number(1)}}),
      queue("decoded", 2, shape.paced)};
  h264.links = chain({"parse", "format", "pace", "tap", "encoded", "slow", "decode", "decoded"});
  return {.nodes = {node("source", "filesrc", {{"location", Hole{"uri"}}}), node("demux", "matroskademux")},
          .links = chain({"source", "demux"}),
          .dynamic = "demux",
          .variants = {h264},
          .exit = "decoded",
          .roles = {"", "parse", "tap", "encoded", "decode", "decoded"}};
}

inline BranchTemplate jpeg_branch() {
  return {.nodes = {queue("entry", 1, true), node("convert", "videoconvert"), node("encode", "jpegenc"),
                    node("exit", "appsink")},
          .links = chain({"entry", "convert", "encode", "exit"}),
          .entry = "entry",
          .exit = "exit"};
}

inline Graph graph(size_t slots, const SourceShape& shape = {}) {
  Graph g{.provider = "standin", .slots = slots, .mux = "mux", .tee_prefix = "tee_"};
  g.nodes = {node("mux", "nvstreammux",
                  {{"batch-size", number(static_cast<double>(slots))},
                   {"width", number(320)},
                   {"height", number(240)},
                   {"batched-push-timeout", number(20'000)},
                   {"live-source", flag(true)},
                   {"drop-pipeline-eos", flag(true)}}),
             node("split", "tee"), node("sink", "fakesink", {{"sync", flag(false)}, {"async", flag(false)}}),
             queue("gate", 1, true), node("demux", "nvstreamdemux")};
  g.links = {{{"mux", ""}, {"split", ""}},
             {{"split", "src_0"}, {"sink", ""}},
             {{"split", "src_1"}, {"gate", ""}},
             {{"gate", ""}, {"demux", ""}}};
  for (size_t k = 0; k < slots; k++) {
    const std::string tee = "tee_" + std::to_string(k);
    g.nodes.push_back(node(tee, "tee", {{"allow-not-linked", flag(true)}}));
    g.links.push_back({{"demux", "src_" + std::to_string(k)}, {tee, ""}});
  }
  g.metadata = {"mux", "src"};
  g.gate = {"gate", "sink"};
  g.sources["file"] = file_source(shape);
  g.branches["jpeg"] = jpeg_branch();
  return g;
}

// A video of `frames` pictures at 30 per second, a key frame every 15; made once per run.
std::string video_file(const std::string& encoder, int frames);

// Pictures without a codec: cheap enough for dozens of sources. Hole `pattern`: what they show.
inline SourceTemplate picture_source(int fps = 15) {
  const std::string caps =
      "video/x-raw,format=I420,width=64,height=48,framerate=" + std::to_string(fps) + "/1";
  SourceVariant raw{.codec = "RAW", .caps = "video/x-raw", .nodes = {}, .links = {}, .entry = "parse"};
  raw.nodes = {node("parse", "identity"), node("tap", "tee", {{"allow-not-linked", flag(true)}}),
               queue("encoded", 30), node("decode", "identity"), queue("decoded", 2, true)};
  raw.links = chain({"parse", "tap", "encoded", "decode", "decoded"});
  return {.nodes = {node("source", "videotestsrc", {{"is-live", flag(true)}, {"pattern", Hole{"uri"}}}),
                    node("rate", "capsfilter", {{"caps", text(caps)}})},
          .links = chain({"source", "rate"}),
          .dynamic = "rate",
          .variants = {raw},
          .exit = "decoded",
          .roles = {"", "parse", "tap", "encoded", "decode", "decoded"}};
}

inline Graph picture_graph(size_t slots, int fps = 15) {
  Graph g = graph(slots);
  g.sources = {{"picture", picture_source(fps)}};
  return g;
}

}  // namespace weir::test
