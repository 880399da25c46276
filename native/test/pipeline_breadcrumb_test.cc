#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "pipeline/breadcrumb.h"
#include "pipeline/pipeline_owner.h"
#include "pipeline/source_identity.h"
#include "pipeline_elements.h"
#include "pipeline_harness.h"

namespace weir::test {

namespace {

// As src/native/breadcrumb.ts has it.
struct Crumb {
  std::array<char, 4> magic{'W', 'B', 'R', 'C'};
  uint32_t version = 1;
  uint32_t state = 0;
  int32_t signal = 0;
  uint32_t token = 0;
  int32_t slot = 0;
  std::array<char, 16> stage{};
  std::array<char, 16> thread{};
};
static_assert(sizeof(Crumb) == 56);
constexpr uint32_t kWritten = 2;

// A page nobody may touch.
volatile char* forbidden_page() {
  return static_cast<char*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void touch_forbidden_page() { *forbidden_page() = 1; }

class BreadcrumbTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-crumb-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    make(Crumb{});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file() const { return (folder_ / "crumb").string(); }
  void make(const Crumb& crumb) const {
    std::ofstream(file(), std::ios::binary).write(reinterpret_cast<const char*>(&crumb), sizeof(crumb));
  }
  Crumb crumb() const {
    Crumb crumb;
    std::ifstream(file(), std::ios::binary).read(reinterpret_cast<char*>(&crumb), sizeof(crumb));
    return crumb;
  }

  // What waitpid says of a process that does this.
  static int status_after(const std::function<void()>& work) {
    const pid_t child = fork();
    if (child == 0) {
      close(STDERR_FILENO);  // sanitizers have much to say of crashes
      work();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }

  std::filesystem::path folder_;
};

// AddressSanitizer ends the process in its own way, after ours.
void expect_killed_by(int signal, int status) {
#ifdef __SANITIZE_ADDRESS__
  EXPECT_TRUE(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
#else
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), signal);
#endif
}

struct CrashCase {
  int signal;
  void (*crash)();
};

TEST_F(BreadcrumbTest, TellsWhatTheThreadThatCrashedWasAt) {
  const CrashCase cases[] = {{SIGSEGV, touch_forbidden_page}, {SIGABRT, [] { abort(); }},
                             {SIGBUS, [] { raise(SIGBUS); }}, {SIGFPE, [] { raise(SIGFPE); }},
                             {SIGILL, [] { raise(SIGILL); }}, {SIGTRAP, [] { raise(SIGTRAP); }}};
  for (const CrashCase& c : cases) {
    make(Crumb{});
    const int status = status_after([&] {
      arm_breadcrumb(file());
      work_on({.token = 4'000'000'001, .slot = 29, .stage = Stage::kDecode});
      pthread_setname_np(pthread_self(), "decoded:src");
      c.crash();
    });
    expect_killed_by(c.signal, status);
    const Crumb left = crumb();
    EXPECT_EQ(left.state, kWritten) << c.signal;
    EXPECT_EQ(left.signal, c.signal);
    EXPECT_EQ(left.token, 4'000'000'001u);
    EXPECT_EQ(left.slot, 29);
    EXPECT_STREQ(left.stage.data(), "decode");
    EXPECT_STREQ(left.thread.data(), "decoded:src");
  }
}

TEST_F(BreadcrumbTest, BlamesNoStreamForAThreadThatHasNone) {
  const int status = status_after([&] {
    arm_breadcrumb(file());
    work_on({.token = 7, .slot = 1, .stage = Stage::kMux});
    std::thread(touch_forbidden_page).join();
  });
  expect_killed_by(SIGSEGV, status);
  EXPECT_EQ(crumb().state, kWritten);
  EXPECT_EQ(crumb().token, 0u);
  EXPECT_EQ(crumb().slot, -1);
  EXPECT_STREQ(crumb().stage.data(), "unknown");
}

TEST_F(BreadcrumbTest, BlamesNoStreamForASignalThatSomebodySent) {
  const pid_t parent = getpid();
  const int status = status_after([&] {
    arm_breadcrumb(file());
    work_on({.token = 7, .slot = 1, .stage = Stage::kMux});
    const pid_t victim = getpid();
    const int sent = status_after([victim] { kill(victim, SIGABRT); });
    if (sent != 0 || getpid() == parent) _exit(9);
    pause();
  });
  expect_killed_by(SIGABRT, status);
  EXPECT_EQ(crumb().state, kWritten);
  EXPECT_EQ(crumb().signal, SIGABRT);
  EXPECT_EQ(crumb().token, 0u);
  EXPECT_STREQ(crumb().stage.data(), "sent");
}

volatile char* page = nullptr;

void handle_before(int signal, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  sigaction(signal, &action, nullptr);
}

TEST_F(BreadcrumbTest, LeavesNothingWhereAnEarlierHandlerMendsTheFault) {
  const int status = status_after([&] {
    page = forbidden_page();
    handle_before(SIGSEGV, [](int, siginfo_t*, void*) {
      mprotect(const_cast<char*>(page), 4096, PROT_READ | PROT_WRITE);
    });
    arm_breadcrumb(file());
    *page = 1;
    if (*page != 1) _exit(9);
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(crumb().state, 0u);
}

TEST_F(BreadcrumbTest, LetsAnEarlierHandlerEndTheProcess) {
  const int status = status_after([&] {
    handle_before(SIGSEGV, [](int, siginfo_t* info, void* context) {
      _exit(info->si_addr == page && context != nullptr ? 42 : 9);
    });
    page = forbidden_page();
    arm_breadcrumb(file());
    *page = 1;
  });
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_EQ(crumb().state, kWritten);
}

// As Node.js does where no fault of WebAssembly is behind it.
TEST_F(BreadcrumbTest, StaysWhereAnEarlierHandlerRestoresTheDefault) {
  const int status = status_after([&] {
    handle_before(SIGSEGV, [](int signal, siginfo_t*, void*) {
      std::signal(signal, SIG_DFL);
      raise(signal);
    });
    arm_breadcrumb(file());
    work_on({.token = 5, .slot = 2, .stage = Stage::kParse});
    touch_forbidden_page();
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSEGV);
  EXPECT_EQ(crumb().state, kWritten);
  EXPECT_EQ(crumb().token, 5u);
}

TEST_F(BreadcrumbTest, MayBeArmedAnew) {
  const std::string second = (folder_ / "second").string();
  std::filesystem::copy(file(), second);
  expect_killed_by(SIGABRT, status_after([&] {
                     arm_breadcrumb(second);
                     arm_breadcrumb(file());
                     abort();
                   }));
  EXPECT_EQ(crumb().state, kWritten);
}

TEST_F(BreadcrumbTest, TakesOnlyFilesThatWereMadeForIt) {
  const auto refusal = [](const std::string& file) -> std::string {
    try {
      arm_breadcrumb(file);
    } catch (const Failure& failure) {
      return failure.code() + ' ' + failure.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("/nonexistent"), "BAD_ARGUMENT breadcrumb /nonexistent: No such file or directory");
  const std::string expected =
      "BAD_ARGUMENT breadcrumb " + file() + ": it is not what createBreadcrumb() makes";
  make({.version = 2});
  EXPECT_EQ(refusal(file()), expected);
  make({.magic = {'x', 'x', 'x', 'x'}});
  EXPECT_EQ(refusal(file()), expected);
  std::ofstream(file()) << "short";
  EXPECT_EQ(refusal(file()), expected);
}

TEST(Work, IsTheThreadsOwnAndComesBackAfterAScope) {
  work_on({.token = 3, .slot = 1, .stage = Stage::kParse});
  {
    const WorkScope scope({.token = 4, .slot = 2, .stage = Stage::kStop});
    EXPECT_EQ(current_work().token, 4u);
    std::thread([] { EXPECT_EQ(current_work().token, 0u); }).join();
  }
  EXPECT_EQ(current_work().token, 3u);
  EXPECT_EQ(current_work().slot, 1);
  EXPECT_EQ(current_work().stage, Stage::kParse);
  work_on({});
}

// What the threads were at in which buffers came to elements of this kind, by the element's name.
class Witnesses {
 public:
  void tell(const std::string& name, const Work& work) {
    std::lock_guard lock(mutex_);
    seen_[name] = work;
    changed_.notify_all();
  }
  Work ask(const std::string& name) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return seen_.count(name) > 0; })) << name;
    return seen_[name];
  }
  void forget() {
    std::lock_guard lock(mutex_);
    seen_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Work> seen_;
};
Witnesses witnesses;

GstFlowReturn witness(GstBaseTransform* element, GstBuffer*) {
  witnesses.tell(GST_OBJECT_NAME(element), current_work());
  return GST_FLOW_OK;
}

// Two sources, with witnesses where bytes could crash something.
Graph watched_graph() {
  register_transform("WeirTestWitness", "weirwitness", witness);
  Graph g = picture_graph(2);
  SourceTemplate& source = g.sources["picture"];
  SourceVariant& variant = source.variants[0];
  variant.nodes[0].element = "weirwitness";  // parse
  variant.nodes[3].element = "weirwitness";  // decode
  variant.nodes.push_back(node("exit", "weirwitness"));
  variant.links.push_back({{"decoded", ""}, {"exit", ""}});
  source.exit = "exit";
  source.nodes.push_back(node("receive", "weirwitness"));
  source.links.push_back({{"rate", ""}, {"receive", ""}});
  source.dynamic = "receive";
  g.nodes[2] = node("sink", "weirwitness");
  g.nodes.push_back(node("end", "fakesink", {{"sync", flag(false)}, {"async", flag(false)}}));
  g.links.push_back({{"sink", ""}, {"end", ""}});
  g.branches["jpeg"].nodes.insert(g.branches["jpeg"].nodes.begin() + 1, node("look", "weirwitness"));
  g.branches["jpeg"].links = chain({"entry", "look", "convert", "encode", "exit"});
  return g;
}

void expect_work(const std::string& name, uint32_t token, int slot, Stage stage) {
  const Work work = witnesses.ask(name);
  EXPECT_EQ(work.token, token) << name;
  EXPECT_EQ(work.slot, slot) << name;
  EXPECT_EQ(work.stage, stage) << name;
}

TEST(PipelineWork, IsThatOfTheSourceInItsThreadsAndOfNobodyInSharedOnes) {
  witnesses.forget();
  TestPipeline pipeline(watched_graph());
  ASSERT_DONE(pipeline.start());
  for (const int slot : {0, 1}) {
    ASSERT_DONE(pipeline.add(slot, "ball"));
    const std::string name = "slot" + std::to_string(slot) + '-';
    const uint32_t token = slot + 1;
    expect_work(name + "receive", token, slot, Stage::kReceive);
    expect_work(name + "parse", token, slot, Stage::kParse);
    expect_work(name + "decode", token, slot, Stage::kDecode);
    expect_work(name + "exit", token, slot, Stage::kMux);
  }
  expect_work("sink", 0, -1, Stage::kPipeline);
  ASSERT_FALSE(pipeline.snapshot(1).get().failure);
  expect_work("snapshot1-look", 0, 1, Stage::kSnapshot);
}

// Threads come from a pool: those of the first source are used again.
TEST(PipelineWork, IsThatOfTheSourceThatHasTheSlotNow) {
  witnesses.forget();
  TestPipeline pipeline(watched_graph());
  ASSERT_DONE(pipeline.start());
  for (uint32_t token = 1; token <= 5; token++) {
    ASSERT_DONE(pipeline.add(0, "ball", token));
    ASSERT_TRUE(pipeline.next(Event::Type::kFirstFrame));
    ASSERT_DONE(pipeline.remove(0));
    for (const char* part : {"receive", "parse", "decode", "exit"})
      EXPECT_EQ(witnesses.ask(std::string("slot0-") + part).token, token);
  }
}

// rtspsrc receives in a thread that reports progress and nothing else.
TEST(PipelineWork, FollowsWhatElementsSayOfTheirThreads) {
  const ElementPtr pipeline(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new("p"))));
  GstElement* bin = gst_bin_new("slot3");
  GstElement* element = gst_element_factory_make("fakesrc", "source");
  gst_bin_add(GST_BIN(bin), element);
  gst_bin_add(GST_BIN(pipeline.get()), bin);
  const auto reports = std::make_shared<Reports>(Handlers{});
  set_owner(bin, std::make_shared<SourceIdentity>(3, 8, 1, "H264", reports));
  watch_bus(pipeline.get(), std::make_shared<PipelineOwner>(reports));
  const auto progress = [&](GstProgressType type) {
    gst_element_post_message(element, gst_message_new_progress(GST_OBJECT(element), type, "open", "Opening"));
    return current_work();
  };
  const auto status = [&](GstStreamStatusType type, GstElement* of) {
    gst_element_post_message(of, gst_message_new_stream_status(GST_OBJECT(of), type, of));
    return current_work();
  };
  std::thread([&] {
    EXPECT_EQ(progress(GST_PROGRESS_TYPE_START).token, 0u) << "whoever asks for it may say that";
    EXPECT_EQ(progress(GST_PROGRESS_TYPE_CONTINUE).token, 8u);
    EXPECT_EQ(current_work().slot, 3);
    EXPECT_EQ(current_work().stage, Stage::kReceive);
    EXPECT_EQ(status(GST_STREAM_STATUS_TYPE_CREATE, pipeline.get()).token, 8u) << "that is another thread";
    EXPECT_EQ(status(GST_STREAM_STATUS_TYPE_ENTER, pipeline.get()).stage, Stage::kPipeline);
    EXPECT_EQ(current_work().token, 0u);
    EXPECT_EQ(status(GST_STREAM_STATUS_TYPE_ENTER, element).token, 8u);
    EXPECT_EQ(status(GST_STREAM_STATUS_TYPE_LEAVE, element).token, 0u);
    EXPECT_EQ(current_work().stage, Stage::kUnknown);
  }).join();
  clear_bus(pipeline.get());
}

}  // namespace

}  // namespace weir::test
