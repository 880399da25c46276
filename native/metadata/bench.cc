// Prints the cost of one message of 20 objects.
#include <chrono>
#include <cstdio>
#include <vector>

#include "metadata/detections.h"

int main() {
  constexpr int kObjects = 20;
  constexpr int kRounds = 200'000;
  weir::DetectionEncoder encoder(1, {1920, 1080, false});
  encoder.name_slot(0, "cam-1", 1, 1);
  std::vector<NvDsObjectMeta> objects(kObjects);
  std::vector<GList> links(kObjects);
  NvDsFrameMeta frame{};
  frame.bInferDone = 1;
  frame.source_frame_width = 768;
  frame.source_frame_height = 576;
  frame.obj_meta_list = links.data();
  for (int i = 0; i < kObjects; i++) {
    objects[i].object_id = 100 + i;
    objects[i].confidence = 0.8731f;
    objects[i].rect_params.left = 13.37f * i;
    objects[i].rect_params.top = 7.77f * i;
    objects[i].rect_params.width = 81.3f;
    objects[i].rect_params.height = 160.9f;
    std::snprintf(objects[i].obj_label, sizeof(objects[i].obj_label), "person");
    links[i] = {&objects[i], i + 1 < kObjects ? &links[i + 1] : nullptr, nullptr};
  }
  weir::Batch batch;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; i++) {
    batch.clear();
    frame.frame_num = i;
    encoder.encode(frame, {.ns = 1'790'000'000'000'000'000ull + i * 66'000'000ull}, i, &batch);
  }
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  std::printf("%.2f us per message of %d objects, %zu bytes\n", spent.count() / kRounds, kObjects,
              batch.bytes.size());
}
