#include "pipeline/gpu_failure.h"
#include "pipeline/pipeline_owner.h"
#include "pipeline/source_identity.h"
#include "pipeline_elements.h"
#include "pipeline_harness.h"

namespace weir::test {

namespace {

TEST(GpuFailure, IsKnownByItsWords) {
  for (const char* words :
       {"Failed to make stream wait on event, cuda err_no:700, err_str:cudaErrorIllegalAddress",
        "Cuda failure: out of memory", "CUDA_ERROR_OUT_OF_MEMORY", "cudaMalloc failed",
        "CUDA error 719: unspecified launch failure", "an illegal memory access was encountered",
        "NvBufSurfaceMap failed", "NvBufSurfTransform failed with error -3", "failed to allocate NVMM memory",
        "NvDsInfer Error: NVDSINFER_CUDA_ERROR", "out of decoder instances", "Too many decoders are open",
        "insufficient memory to create decoder instance"})
    EXPECT_TRUE(is_gpu_failure(words)) << words;
}

TEST(GpuFailure, IsNotWhatAStreamDoesWrong) {
  for (const char* words : {"", "Could not decode stream.", "no decoder for video/x-h266",
                            "Failed to create decoder for profile 110", "Internal data stream error.",
                            "not negotiated: video/x-raw(memory:NVMM), format=NV12",
                            "the picture cannot be mapped for reading", "Out of memory"})
    EXPECT_FALSE(is_gpu_failure(words)) << words;
}

TEST(GpuFailure, IsNotBelievedOfElementsThatRepeatWhatTheCameraSays) {
  const auto believed = [](const char* factory) {
    const ElementPtr element(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make(factory, nullptr))));
    return speaks_for_itself(GST_OBJECT(element.get()));
  };
  for (const char* factory : {"avdec_h264", "videoconvert", "identity", "queue", "bin"})
    EXPECT_TRUE(believed(factory)) << factory;
  for (const char* factory : {"rtspsrc", "rtph264depay", "h264parse", "matroskademux", "filesrc"})
    EXPECT_FALSE(believed(factory)) << factory;
  EXPECT_FALSE(speaks_for_itself(nullptr));
}

TEST(GpuFailure, IsNotBelievedOfWhatIsInsideThoseEither) {
  const ElementPtr source(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("rtspsrc", nullptr))));
  GstElement* inside = gst_element_factory_make("identity", nullptr);
  gst_bin_add(GST_BIN(source.get()), inside);
  EXPECT_FALSE(speaks_for_itself(GST_OBJECT(inside)));
}

// What a "weirfaulty" says of every buffer, and how.
std::string words;
bool as_warning = false;

GstFlowReturn complain(GstBaseTransform* element, GstBuffer*) {
  if (as_warning) {
    GST_ELEMENT_WARNING(element, RESOURCE, FAILED, ("%s", words.c_str()), (nullptr));
    return GST_FLOW_OK;
  }
  GST_ELEMENT_ERROR(element, RESOURCE, FAILED, ("%s", words.c_str()), (nullptr));
  return GST_FLOW_ERROR;
}

// One whose source's decoder complains.
class FaultyPipeline {
 public:
  FaultyPipeline(const std::string& text, bool warning) : pipeline_(graph_of()) {
    words = text;
    as_warning = warning;
  }
  // The first event of the kind once the source runs.
  std::optional<Event> meets(Event::Type type) {
    EXPECT_FALSE(pipeline_.start());
    EXPECT_FALSE(pipeline_.add(0, "ball"));
    return pipeline_.next(type);
  }
  // Whether it told of the kind so far.
  bool has_told(Event::Type type) {
    EXPECT_FALSE(pipeline_.stop());
    return pipeline_.has(type);
  }

 private:
  static Graph graph_of() {
    register_transform("WeirTestFaulty", "weirfaulty", complain);
    Graph graph = picture_graph(1);
    graph.sources["picture"].variants[0].nodes[3].element = "weirfaulty";
    return graph;
  }

  TestPipeline pipeline_;
};

TEST(PipelineGpuFailure, OfASourcesElementIsThePipelines) {
  for (const bool warning : {false, true}) {
    FaultyPipeline pipeline("decoder: cudaErrorIllegalAddress", warning);
    const auto event = pipeline.meets(Event::Type::kPipelineError);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->cause, "pipeline");
    EXPECT_EQ(event->message, "slot0-decode: decoder: cudaErrorIllegalAddress");
    EXPECT_FALSE(pipeline.has_told(Event::Type::kWarning));
  }
}

// The source cannot go on without its decoder; that is no news of the camera.
TEST(PipelineGpuFailure, IsToldWithoutWhatFollowsFromIt) {
  const ElementPtr pipeline(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new("p"))));
  GstElement* bin = gst_bin_new("slot0");
  GstElement* element = gst_element_factory_make("identity", "decode");
  gst_bin_add(GST_BIN(bin), element);
  gst_bin_add(GST_BIN(pipeline.get()), bin);
  std::vector<Event::Type> told;
  const auto keep = [&](const Event& event) { told.push_back(event.type); };
  const auto reports = std::make_shared<Reports>(Handlers{keep, {}});
  const auto host = std::make_shared<PipelineOwner>(reports);
  host->now_playing();
  set_owner(bin, std::make_shared<SourceIdentity>(0, 1, 1, "H264", reports));
  watch_bus(pipeline.get(), host);
  GST_ELEMENT_ERROR(element, RESOURCE, FAILED, ("Cuda failure: 700"), (nullptr));
  GST_ELEMENT_ERROR(element, STREAM, FAILED, ("Internal data stream error."), (nullptr));
  EXPECT_EQ(told, std::vector{Event::Type::kPipelineError});
  clear_bus(pipeline.get());
}

TEST(PipelineGpuFailure, IsNotEveryErrorOfASourcesElement) {
  FaultyPipeline pipeline("the decoder gave up", false);
  const auto event = pipeline.meets(Event::Type::kSourceError);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->slot, 0);
  EXPECT_EQ(event->message, "the decoder gave up");
  EXPECT_FALSE(pipeline.has_told(Event::Type::kPipelineError));
}

TEST(PipelineGpuFailure, IsNotEveryWarning) {
  FaultyPipeline pipeline("no clue about colours", true);
  ASSERT_TRUE(pipeline.meets(Event::Type::kWarning));
  EXPECT_FALSE(pipeline.has_told(Event::Type::kPipelineError));
}

}  // namespace

}  // namespace weir::test
