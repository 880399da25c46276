// What the formats other than our JSON look like, and what no label can do to any of them.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "metadata/detections.h"
#include "metadata_frame.h"

namespace weir {
namespace {

std::string encode(Format format, const NvDsFrameMeta& frame, const Canvas& canvas = {}) {
  DetectionEncoder encoder(1, canvas, {.format = format}, 42);
  encoder.name_slot(0, "cam-1", 3, 7);
  Batch batch;
  encoder.encode(frame, kTime, kNow, &batch);
  return std::string(batch.bytes.text());
}

std::string bytes(std::initializer_list<int> values) { return std::string(values.begin(), values.end()); }

TEST(Protobuf, WritesTheDocumentedFields) {
  FrameBuilder frame;
  NvDsObjectMeta& object = frame.add(1, 2, 30, 80);
  object.object_id = 0x0102030405060708;
  object.class_id = -1;
  const std::string expected =
      bytes({0x0A, 5}) + "cam-1" + bytes({0x12, 10}) + "0000002a.7" + bytes({0x18, 3, 0x20, 1, 0x28, 42}) +
      bytes({0x30, 0x80, 0x9C, 0xC9, 0x9B, 0x05}) +
      bytes({0x39, 0x15, 0xAD, 0x54, 0x0C, 0x24, 0x73, 0xEA, 0x18}) +
      bytes({0x40, 1, 0x48, 0x80, 6, 0x50, 0xC0, 4}) + bytes({0x58, 1}) +                //
      bytes({0x62, 55, 0x09, 8, 7, 6, 5, 4, 3, 2, 1}) +                                  // id
      bytes({0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0x1A, 6}) +  // class, label
      "person" + bytes({0x25, 0, 0, 0, 0x3F}) +                                          // confidence 0.5
      bytes({0x2A, 20, 0x0D, 0, 0, 0x80, 0x3F, 0x15, 0, 0, 0, 0x40}) +                   // left, top
      bytes({0x1D, 0, 0, 0xF0, 0x41, 0x25, 0, 0, 0xA0, 0x42});                           // width, height
  EXPECT_EQ(encode(Format::kProtobuf, frame.get()), expected);
}

TEST(Protobuf, LeavesOutWhatIsNotThere) {
  FrameBuilder frame;
  frame->buf_pts = UINT64_MAX;
  FrameBuilder::set_label(frame.add(0, 0, 9, 9), "");
  const std::string text = encode(Format::kProtobuf, frame.get());
  // Neither track id nor label: class, confidence and box follow the object's length.
  EXPECT_NE(text.find(bytes({0x62, 29, 0x10, 0, 0x25})), std::string::npos);
  EXPECT_EQ(text.find(bytes({0x28, 42, 0x30})), std::string::npos);
}

TEST(NvdsMinimal, WritesWhatNvmsgconvDoes) {
  FrameBuilder frame;
  frame.add(1.25f, 2.5f, 30, 80).object_id = 17;
  frame.add(1234.5678f, 0, 0.1f, 1).object_id = UNTRACKED_OBJECT_ID;
  EXPECT_EQ(
      encode(Format::kNvdsMinimal, frame.get(), {3840, 2160, false}),
      R"({"version":"4.0","id":"42","@timestamp":"2026-11-22T19:00:00.123Z","sensorId":"cam-1","objects":[)"
      R"("17|1.25|2.5|31.25|82.5|person","18446744073709551615|1234.57|0|1234.67|1|person"]})");
}

TEST(NvdsMinimal, TellsWhatClassifiersSayAndThenTheConfidence) {
  FrameBuilder frame;
  NvDsObjectMeta& object = frame.add(0, 0, 9, 9);
  NvDsLabelInfo info{};
  std::snprintf(info.result_label, sizeof(info.result_label), "red|\"");
  GList labels{&info, nullptr, nullptr};
  NvDsClassifierMeta classifier{};
  classifier.label_info_list = &labels;
  GList classifiers{&classifier, nullptr, nullptr};
  object.classifier_meta_list = &classifiers;
  EXPECT_NE(encode(Format::kNvdsMinimal, frame.get()).find(R"(|0|0|9|9|person|#|red/\"|0.5"])"),
            std::string::npos);
}

TEST(NvdsMinimal, KeepsFieldsApartWhateverTheLabel) {
  FrameBuilder frame;
  FrameBuilder::set_label(frame.add(0, 0, 9, 9), "a|b\"\\\n\xFF");
  EXPECT_NE(encode(Format::kNvdsMinimal, frame.get()).find("|9|9|a/b\\\"\\\\\\u000a\xEF\xBF\xBD\"]}"),
            std::string::npos);
}

TEST(Formats, DropBoxesThatAreNoBoxes) {
  for (const Format format : {Format::kJson, Format::kProtobuf, Format::kNvdsMinimal}) {
    FrameBuilder empty;
    FrameBuilder frame;
    frame.add(std::nanf(""), 0, 10, 10);
    frame.add(0, 0, 10, std::numeric_limits<float>::infinity());
    frame.add(0, 0, 10, 10).confidence = std::nanf("");
    frame.add(5, 5, 0, 10);
    EXPECT_EQ(encode(format, frame.get(), {768, 576, false}), encode(format, empty.get(), {768, 576, false}));
  }
}

}  // namespace
}  // namespace weir
