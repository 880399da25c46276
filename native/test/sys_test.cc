#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "sys/descriptor.h"
#include "sys/group.h"
#include "sys/hidden_memory.h"
#include "sys/lock_file.h"
#include "sys/notify.h"
#include "sys/peer.h"

namespace weir {
namespace {

class SysTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-sys-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

int error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::system_error& failure) {
    return failure.code().value();
  }
  return 0;
}

// A pipe's two ends, by which processes wait for each other.
struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) close(end);
  }
  void say() const { EXPECT_EQ(write(ends[1], "x", 1), 1); }
  // False when nobody is left who could say anything.
  bool hear() const {
    char byte = 0;
    return read(ends[0], &byte, 1) == 1;
  }
  void only_listen() { close(std::exchange(ends[1], -1)); }

  std::array<int, 2> ends{};
};

// A forked process that runs `work` and nothing of the tests after it.
class Child {
 public:
  explicit Child(const std::function<void()>& work) : pid_(fork()) {
    if (pid_ != 0) return;
    work();
    _exit(0);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

class NotifyTest : public SysTest {
 protected:
  // A datagram socket that listens at `name`, whose first byte is zero for an abstract one.
  static int listener(const std::string& name) {
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof(address.sun_path));
    const socklen_t size = offsetof(sockaddr_un, sun_path) + name.size() + (name[0] == '\0' ? 0 : 1);
    EXPECT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&address), size), 0) << strerror(errno);
    return socket;
  }
  static std::string received(const Descriptor& socket) {
    std::array<char, 256> text{};
    const ssize_t size = recv(socket.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? strerror(errno) : std::string(text.data(), size);
  }
};

TEST_F(NotifyTest, SendsOneDatagramToAPath) {
  const Descriptor socket(listener(file("notify")));
  notify(file("notify"), "READY=1\nSTATUS=4 streams live");
  EXPECT_EQ(received(socket), "READY=1\nSTATUS=4 streams live");
}

TEST_F(NotifyTest, SendsToAnAbstractName) {
  const std::string name = "weir-notify-" + std::to_string(getpid());
  const Descriptor socket(listener('\0' + name));
  notify('@' + name, "WATCHDOG=1");
  EXPECT_EQ(received(socket), "WATCHDOG=1");
}

TEST_F(NotifyTest, SaysWhyNothingCouldBeSent) {
  EXPECT_EQ(error_of([&] { notify(file("nobody"), "READY=1"); }), ENOENT);
  EXPECT_EQ(error_of([] { notify("vsock:2:1", "READY=1"); }), EAFNOSUPPORT);
  EXPECT_EQ(error_of([] { notify('/' + std::string(200, 'x'), "READY=1"); }), ENAMETOOLONG);
}

TEST_F(NotifyTest, DoesNotWaitForAReceiverThatReadsNothing) {
  const Descriptor socket(listener(file("notify")));
  int error = 0;
  for (int i = 0; i < 100'000 && error == 0; i++)
    error = error_of([&] { notify(file("notify"), "WATCHDOG=1"); });
  EXPECT_EQ(error, EAGAIN);
}

TEST(PeerCredentials, NameTheProcessAtTheOtherEnd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const Descriptor own(ends[0]);
  const Descriptor other(ends[1]);
  const PeerCredentials peer = peer_credentials(own.get());
  EXPECT_EQ(peer.pid, getpid());
  EXPECT_EQ(peer.uid, geteuid());
  EXPECT_EQ(peer.gid, getegid());
  std::vector<gid_t> groups(getgroups(0, nullptr));
  groups.resize(getgroups(static_cast<int>(groups.size()), groups.data()));
  EXPECT_EQ(peer.groups, groups);
}

TEST(PeerCredentials, HaveMoreGroupsThanFitAtFirst) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may take groups";
  Pipe done;
  const Child child([&] {
    std::vector<gid_t> groups;
    for (gid_t id = 5000; id < 5100; id++) groups.push_back(id);
    std::array<int, 2> ends{};
    if (setgroups(groups.size(), groups.data()) == 0 &&
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0 && peer_credentials(ends[0]).groups == groups)
      done.say();
  });
  done.only_listen();
  EXPECT_TRUE(done.hear());
}

TEST(PeerCredentials, AreThoseOfASocketOnly) {
  const Pipe pipe;
  EXPECT_EQ(error_of([&] { peer_credentials(pipe.ends[0]); }), ENOTSOCK);
  EXPECT_EQ(error_of([] { peer_credentials(-1); }), EBADF);
}

class LockFileTest : public SysTest {
 protected:
  std::string path() const { return file("lock"); }
  std::string content() const {
    std::ifstream in(path());
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(LockFileTest, IsTakenByOneAtATime) {
  const auto first = LockFile::take(path());
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(LockFile::take(path()), nullptr);
  first->release();
  first->release();
  EXPECT_NE(LockFile::take(path()), nullptr);
}

TEST_F(LockFileTest, NamesTheProcessThatHasItAndIsForItsUserAlone) {
  const auto lock = LockFile::take(path());
  EXPECT_EQ(content(), std::to_string(getpid()) + '\n');
  EXPECT_EQ(LockFile::take(path()), nullptr);
  EXPECT_EQ(content(), std::to_string(getpid()) + '\n');
  const auto mode = std::filesystem::status(path()).permissions();
  EXPECT_EQ(mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
            std::filesystem::perms::none);
  lock->release();
  EXPECT_EQ(content(), "");
}

TEST_F(LockFileTest, IsFreeOnceTheProcessThatHasItIsKilled) {
  Pipe ready;
  {
    const Child child([&] {
      const auto lock = LockFile::take(path());
      if (lock) ready.say();
      pause();
    });
    ASSERT_TRUE(ready.hear());
    EXPECT_EQ(LockFile::take(path()), nullptr);
    EXPECT_EQ(content(), std::to_string(child.pid()) + '\n');
  }
  EXPECT_NE(LockFile::take(path()), nullptr);
}

TEST_F(LockFileTest, IsNotKeptByAForkedChildOfTheProcessThatHadIt) {
  Pipe ready;
  pid_t grandchild = 0;
  {
    const Child child([&] {
      const auto lock = LockFile::take(path());
      const pid_t own = fork();
      if (own == 0) pause();
      if (write(ready.ends[1], &own, sizeof(own)) != sizeof(own)) _exit(1);
      pause();
    });
    ASSERT_EQ(read(ready.ends[0], &grandchild, sizeof(grandchild)), ssize_t{sizeof(grandchild)});
    EXPECT_EQ(LockFile::take(path()), nullptr);
  }
  EXPECT_EQ(kill(grandchild, 0), 0) << "it should have outlived its parent";
  EXPECT_NE(LockFile::take(path()), nullptr);
  kill(grandchild, SIGKILL);
}

TEST_F(LockFileTest, IsNotTakenFromItsProcessByAForkedChildThatEnds) {
  const auto lock = LockFile::take(path());
  {
    Pipe ended;
    const Child child([&] {
      lock->release();
      ended.say();
    });
    ASSERT_TRUE(ended.hear());
  }
  EXPECT_EQ(LockFile::take(path()), nullptr);
  EXPECT_EQ(content(), std::to_string(getpid()) + '\n');
}

TEST_F(LockFileTest, SaysWhyItCannotBeOpened) {
  EXPECT_EQ(error_of([&] { LockFile::take(file("none/lock")); }), ENOENT);
}

TEST(GroupId, IsFoundByName) {
  EXPECT_EQ(group_id("root"), gid_t{0});
  EXPECT_EQ(group_id("no-such-group-here"), std::nullopt);
}

TEST(HideMemory, LeavesNoCoreDump) {
  Pipe hidden;
  const Child child([&] {
    hide_memory();
    if (prctl(PR_GET_DUMPABLE) == 0) hidden.say();
  });
  hidden.only_listen();
  EXPECT_TRUE(hidden.hear());
}

}  // namespace
}  // namespace weir
