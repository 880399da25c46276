#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "faults/fault_file.h"
#include "faults/faults.h"
#include "faults/infer_faults.h"
#include "faults/mux_faults.h"

namespace weir::standin {
namespace {

FaultPlan parsed(const std::string& text) {
  std::istringstream in(text);
  return parse_faults(in);
}

TEST(FaultPlan, AsksForNothingByDefault) {
  const FaultPlan plan = parsed("\n  \n# infer-hang\n");
  EXPECT_FALSE(plan.infer_hang || plan.surface_error);
  EXPECT_EQ(plan.infer_slow, 1);
  EXPECT_EQ(plan.infer_error + plan.infer_start_error + plan.decoder_error, "");
  EXPECT_FALSE(plan.mux_crash || plan.infer_crash);
  EXPECT_TRUE(plan.unknown.empty());
}

TEST(FaultPlan, TakesOneFaultPerLine) {
  const FaultPlan plan = parsed(
      "infer-hang\r\n infer-slow\t2.5 \ninfer-error  cudaErrorIllegalAddress in stream 3\n"
      "infer-start-error Cuda failure: out of memory\nsurface-error\ndecoder-error out of decoder instances\n"
      "mux-crash 640x360\ninfer-crash 768x576\n");
  EXPECT_TRUE(plan.infer_hang);
  EXPECT_EQ(plan.infer_slow, 2.5);
  EXPECT_EQ(plan.infer_error, "cudaErrorIllegalAddress in stream 3");
  EXPECT_EQ(plan.infer_start_error, "Cuda failure: out of memory");
  EXPECT_TRUE(plan.surface_error);
  EXPECT_EQ(plan.decoder_error, "out of decoder instances");
  EXPECT_EQ(plan.mux_crash, (PictureSize{640, 360}));
  EXPECT_EQ(plan.infer_crash, (PictureSize{768, 576}));
  EXPECT_TRUE(plan.unknown.empty());
}

TEST(FaultPlan, NamesLinesThatAskForNothing) {
  const std::vector<std::string> lines = {
      "infer-hangs",    "infer-hang now", "infer-slow", "infer-slow 0.5", "infer-slow 2x",
      "infer-slow nan", "infer-error",    "mux-crash",  "mux-crash 640",  "mux-crash 640x360p"};
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  const FaultPlan plan = parsed(text);
  EXPECT_EQ(plan.unknown, lines);
  EXPECT_FALSE(plan.infer_hang || plan.mux_crash);
  EXPECT_EQ(plan.infer_slow, 1);
}

class FaultFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-faults-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    unsetenv("WEIR_STANDIN_FAULTS");
    load_faults();
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return (folder_ / "faults").string(); }
  // As a whole: a reader sees the old or the new.
  void ask_for(const std::string& text) const {
    const std::string fresh = path() + ".new";
    std::ofstream(fresh) << text;
    std::filesystem::rename(fresh, path());
  }
  void load() const {
    setenv("WEIR_STANDIN_FAULTS", path().c_str(), 1);
    load_faults();
  }
  static GstVideoInfo picture(int width, int height) {
    GstVideoInfo info;
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, width, height);
    return info;
  }
  // The signal that kills a process that does this; 0 where it lives.
  template <class Work>
  static int killed_by(const Work& work) {
    const pid_t child = fork();
    if (child == 0) {
      signal(SIGSEGV, SIG_DFL);
      work();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  std::filesystem::path folder_;
};

TEST_F(FaultFileTest, IsReadAnewWhenItHasChangedAndMayComeAndGo) {
  FaultFile file(path());
  EXPECT_EQ(file.plan()->infer_slow, 1);
  ask_for("infer-slow 2\n");
  EXPECT_EQ(file.plan()->infer_slow, 1) << "nobody has looked";
  EXPECT_EQ(file.look()->infer_slow, 2);
  const auto before = file.plan();
  EXPECT_EQ(file.look(), before) << "it has not changed";
  ask_for("infer-slow 3\n");
  EXPECT_EQ(file.look()->infer_slow, 3);
  std::filesystem::remove(path());
  EXPECT_EQ(file.look()->infer_slow, 1);
}

int warnings = 0;

TEST_F(FaultFileTest, WarnsOnceOfEachLineThatAsksForNothing) {
  warnings = 0;
  const guint handler = g_log_set_handler(
      G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
      [](const gchar*, GLogLevelFlags, const gchar*, gpointer) { warnings++; }, nullptr);
  FaultFile file(path());
  for (int i = 1; i <= 3; i++) {
    ask_for("infer-slow " + std::to_string(i) + "\nnonsense\n");
    file.look();
  }
  g_log_remove_handler(G_LOG_DOMAIN, handler);
  EXPECT_EQ(warnings, 1);
}

TEST_F(FaultFileTest, IsLookedForOnlyIfItIsNamedWhenThePluginIsLoaded) {
  unsetenv("WEIR_STANDIN_FAULTS");
  load_faults();
  EXPECT_EQ(faults(), nullptr);
  setenv("WEIR_STANDIN_FAULTS", path().c_str(), 1);
  EXPECT_EQ(faults(), nullptr);
  load_faults();
  EXPECT_NE(faults(), nullptr);
}

TEST_F(FaultFileTest, MakesABatchFailWithItsWords) {
  const NvDsBatchMeta batch{};
  EXPECT_EQ(InferFaults(batch).error(), "");
  EXPECT_EQ(InferFaults::start_error(), "");
  ask_for("infer-error cudaErrorIllegalAddress\ninfer-start-error Cuda failure: out of memory\n");
  load();
  EXPECT_EQ(InferFaults(batch).error(), "cudaErrorIllegalAddress");
  EXPECT_EQ(InferFaults::start_error(), "Cuda failure: out of memory");
  ask_for("surface-error\n");
  look_for_faults();
  EXPECT_EQ(InferFaults(batch).error(), "NvBufSurfaceMap failed");
}

TEST_F(FaultFileTest, HoldsABatchUpForAsLongAsItSays) {
  const NvDsBatchMeta batch{};
  ask_for("infer-hang\n");
  load();
  std::atomic<bool> through = false;
  std::thread output([&] {
    const InferFaults asked(batch);
    through = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(through);
  ask_for("");
  output.join();
  EXPECT_TRUE(through);
}

TEST_F(FaultFileTest, MakesAFrameTakeItsTimeSeveralTimesOver) {
  using Clock = std::chrono::steady_clock;
  const NvDsBatchMeta batch{};
  ask_for("infer-slow 4\n");
  load();
  Clock::duration work{};
  const auto begin = Clock::now();
  {
    const InferFaults asked(batch);
    const SlowInference slow(asked);
    const auto began = Clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    work = Clock::now() - began;
  }
  EXPECT_GE(Clock::now() - begin, 4 * work);
}

TEST_F(FaultFileTest, CrashesAtPicturesOfTheSizeItSays) {
  NvDsFrameMeta frame{};
  frame.source_frame_width = 768;
  frame.source_frame_height = 576;
  GList list{&frame, nullptr, nullptr};
  NvDsBatchMeta batch{};
  batch.frame_meta_list = &list;
  ask_for("infer-crash 768x576\nmux-crash 640x360\n");
  load();
  EXPECT_EQ(killed_by([&] { const InferFaults asked(batch); }), SIGSEGV);
  EXPECT_EQ(killed_by([&] { passes_faults(nullptr, picture(640, 360)); }), SIGSEGV);
  EXPECT_TRUE(passes_faults(nullptr, picture(768, 576)));
  frame.source_frame_height = 360;
  EXPECT_EQ(killed_by([&] { const InferFaults asked(batch); }), 0);
}

TEST_F(FaultFileTest, MakesASourceFailUnderItsOwnName) {
  ask_for("decoder-error out of decoder instances\n");
  load();
  GstElement* bin = GST_ELEMENT(gst_object_ref_sink(gst_bin_new("slot3")));
  GstPad* source = gst_pad_new("src", GST_PAD_SRC);
  gst_element_add_pad(bin, source);
  GstPad* sink = GST_PAD(gst_object_ref_sink(gst_pad_new("sink_3", GST_PAD_SINK)));
  ASSERT_EQ(gst_pad_link(source, sink), GST_PAD_LINK_OK);
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(bin, bus);
  EXPECT_FALSE(passes_faults(sink, picture(640, 360)));
  g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(GST_MESSAGE_SRC(message), GST_OBJECT(bin));
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  EXPECT_STREQ(error->message, "out of decoder instances");
  ask_for("");
  EXPECT_TRUE(passes_faults(sink, picture(640, 360))) << "it looks by itself, as no batch may come";
  gst_element_set_bus(bin, nullptr);
  gst_object_unref(bus);
  gst_pad_unlink(source, sink);
  gst_object_unref(sink);
  gst_object_unref(bin);
}

}  // namespace
}  // namespace weir::standin
