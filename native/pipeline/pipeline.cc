#include "pipeline/pipeline.h"

#include <utility>

namespace weir {
namespace {

// A little more than the stop itself may take.
constexpr std::chrono::seconds kEndDeadline(15);

std::shared_ptr<Shared> make_shared_state(const Graph& graph, Handlers handlers) {
  return std::make_shared<Shared>(graph.slots, canvas_of(graph), graph.messages, std::move(handlers));
}

// Tells the caller exactly once: also when the command is thrown away because the pipeline stops first.
class Answer {
 public:
  Answer(Pipeline::Done done, std::optional<Failure> unless)
      : done_(std::move(done)), unless_(std::move(unless)) {}
  ~Answer() {
    if (done_) done_(unless_);
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  void cancel() { done_ = nullptr; }
  void give(const std::optional<Failure>& failure) { std::exchange(done_, nullptr)(failure); }

 private:
  Pipeline::Done done_;
  const std::optional<Failure> unless_;
};

std::optional<Failure> attempt(const std::function<void(Host&)>& work, Host& host) {
  try {
    work(host);
    return {};
  } catch (const Failure& failure) {
    return failure;
  }
}

Failure stopped() { return {code::kStopped, "the pipeline is stopped"}; }

}  // namespace

Pipeline::Pipeline(Graph graph, Handlers handlers)
    : shared_(make_shared_state(graph, std::move(handlers))),
      host_(std::make_shared<Host>(std::move(graph), shared_, thread_.queue())) {}

Pipeline::~Pipeline() {
  stop([](const auto&) {});
  thread_.wait_end(kEndDeadline);
}

void Pipeline::run(std::function<void(Host&)> work, Done done, std::optional<Failure> unless) {
  const auto answer = std::make_shared<Answer>(std::move(done), std::move(unless));
  thread_.queue()->post(
      [host = host_, work = std::move(work), answer] { answer->give(attempt(work, *host)); });
}

void Pipeline::start(Done done) {
  run([](Host& host) { host.start(); }, std::move(done), stopped());
}

void Pipeline::add_source(size_t slot, SourceParams params, Done done) {
  run([slot, params = std::move(params)](Host& host) { host.add_source(slot, params); }, std::move(done),
      stopped());
}

void Pipeline::select(size_t slot, Selection selection, Done done) {
  run([slot, selection](Host& host) { host.select(slot, selection); }, std::move(done), stopped());
}

void Pipeline::remove_source(size_t slot, Done done) {
  const auto answer = std::make_shared<Answer>(std::move(done), std::nullopt);
  thread_.queue()->post([host = host_, slot, answer] {
    host->remove_source(slot, [answer](const std::optional<Failure>& failure) { answer->give(failure); });
  });
}

void Pipeline::snapshot(size_t slot, const std::string& branch, std::chrono::milliseconds timeout,
                        const SnapshotDone& done) {
  const auto answer = std::make_shared<Answer>(
      [done](const std::optional<Failure>& failure) { done(failure, {}); }, stopped());
  thread_.queue()->post([host = host_, slot, branch, timeout, done, answer] {
    host->snapshot(slot, branch, timeout, [done, answer](const std::optional<Failure>& failure, Bytes bytes) {
      if (failure) return answer->give(failure);
      answer->cancel();
      done({}, std::move(bytes));
    });
  });
}

void Pipeline::stop(Done done) {
  const auto answer = std::make_shared<Answer>(std::move(done), std::nullopt);
  thread_.queue()->post([host = host_, queue = thread_.queue(), answer] {
    const auto failure = attempt([](Host& h) { h.stop(); }, *host);
    queue->quit();  // what is behind this is answered before it
    answer->give(failure);
  });
}

void Pipeline::read_counters(double* out) { write_counters(shared_->counters, ring().waiting(), out); }

}  // namespace weir
