// What a user would write with OpenCV: a thread per camera reads with cv::VideoCapture into a queue of two,
// and one loop takes pictures out of the queues and looks at each camera's so many times a second.
// Configuration: one line of JSON on standard input. Every further line is answered by a line of JSON: totals
// per camera, and the detections since the last one as [camera, frame, Unix ms].
#include <yaml-cpp/yaml.h>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <iostream>
#include <memory>
#include <mutex>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "infer/ort.h"
#include "nanodet.h"

namespace {

using Clock = std::chrono::system_clock;

constexpr size_t kQueue = 2;

struct Settings {
  std::string file;
  int width, height;
  std::vector<float> mean;
  float confidence, iou;
  double rate;
};

struct Numbered {
  cv::Mat picture;
  uint64_t frame = 0;
};

class Signal {
 public:
  void Raise() {
    {
      std::lock_guard lock(mutex_);
      raised_ = true;
    }
    changed_.notify_one();
  }
  void Await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return raised_; });
    raised_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

class Camera {
 public:
  Camera(std::string uri, Signal& signal)
      : uri_(std::move(uri)), signal_(signal), thread_([this] { Read(); }) {}
  ~Camera() {
    stopping_ = true;
    thread_.join();
  }

  bool Take(Numbered& out) {
    std::lock_guard lock(mutex_);
    if (queue_.empty()) return false;
    out = std::move(queue_.front());
    queue_.pop_front();
    return true;
  }

  std::atomic<uint64_t> frames{0}, dropped{0}, inferred{0}, objects{0};
  Clock::time_point due;  // of the loop alone

 private:
  void Read() {
    cv::VideoCapture capture(uri_, cv::CAP_FFMPEG);
    cv::Mat picture;
    for (uint64_t frame = 0; !stopping_ && capture.read(picture); frame++) {
      {
        std::lock_guard lock(mutex_);
        queue_.push_back({picture.clone(), frame});
        if (queue_.size() > kQueue) {
          queue_.pop_front();
          dropped++;
        }
      }
      signal_.Raise();
    }
    if (!stopping_) std::fprintf(stderr, "opencv: %s ended\n", uri_.c_str());
  }

  const std::string uri_;
  Signal& signal_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::deque<Numbered> queue_;
  std::thread thread_;
};

class Detector {
 public:
  explicit Detector(const Settings& settings) : settings_(settings), model_(settings.file) {}

  size_t Look(const cv::Mat& picture) {
    const double ratio = std::min(static_cast<double>(settings_.width) / picture.cols,
                                  static_cast<double>(settings_.height) / picture.rows);
    cv::resize(picture, small_, {}, ratio, ratio, cv::INTER_LINEAR);
    const int area = settings_.width * settings_.height;
    tensor_.assign(static_cast<size_t>(3) * area, 0);
    for (int c = 0; c < 3; c++) {
      cv::Mat plane(settings_.height, settings_.width, CV_32F,
                    tensor_.data() + static_cast<ptrdiff_t>(c) * area);
      cv::Mat channel;
      cv::extractChannel(small_, channel, c);
      channel.convertTo(plane(cv::Rect(0, 0, small_.cols, small_.rows)), CV_32F, 1, -settings_.mean[c]);
    }
    const auto outputs = model_.run(tensor_.data(), {1, 3, settings_.height, settings_.width});
    const auto& scores = outputs->list.at(0);
    const auto& boxes = outputs->list.at(1);
    return bench::Detect(scores.data, boxes.data, scores.dims[1], scores.dims[2], settings_.confidence,
                         settings_.iou)
        .size();
  }

 private:
  const Settings settings_;
  weir::standin::Model model_;
  cv::Mat small_;
  std::vector<float> tensor_;
};

struct Arrival {
  size_t camera;
  uint64_t frame;
  int64_t at;
};

class Program {
 public:
  explicit Program(const YAML::Node& config) : settings_(Read(config)), detector_(settings_) {
    const auto now = Clock::now();
    const auto interval = Interval();
    const size_t count = config["cameras"].size();
    for (size_t i = 0; i < count; i++) {
      cameras_.push_back(std::make_unique<Camera>(config["cameras"][i].as<std::string>(), signal_));
      cameras_.back()->due = now + interval * i / count;  // so that they do not all come at once
    }
    loop_ = std::thread([this] { Loop(); });
  }

  ~Program() {
    stopping_ = true;
    signal_.Raise();
    loop_.join();
  }

  std::string Report() {
    std::ostringstream out;
    out << "{\"streams\":[";
    const char* separator = "";
    for (const auto& c : cameras_) {
      out << separator << '[' << c->frames << ',' << c->dropped << ',' << c->inferred << ',' << c->objects
          << ']';
      separator = ",";
    }
    out << "],\"arrivals\":[";
    separator = "";
    std::lock_guard lock(mutex_);
    for (const auto& a : arrivals_) {
      out << separator << '[' << a.camera << ',' << a.frame << ',' << a.at << ']';
      separator = ",";
    }
    arrivals_.clear();
    out << "]}";
    return out.str();
  }

 private:
  static Settings Read(const YAML::Node& config) {
    const auto& model = config["model"];
    return {model["file"].as<std::string>(), model["width"].as<int>(),
            model["height"].as<int>(),       model["mean"].as<std::vector<float>>(),
            model["confidence"].as<float>(), model["iou"].as<float>(),
            config["rate"].as<double>()};
  }

  Clock::duration Interval() const {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / settings_.rate));
  }

  void Loop() {
    while (!stopping_) {
      bool any = false;
      for (size_t i = 0; i < cameras_.size(); i++) any |= Serve(i);
      if (!any) signal_.Await();
    }
  }

  bool Serve(size_t index) {
    Camera& camera = *cameras_[index];
    Numbered next;
    if (!camera.Take(next)) return false;
    camera.frames++;
    const auto now = Clock::now();
    if (now < camera.due) return true;
    camera.due = std::max(camera.due + Interval(), now - Interval());
    camera.objects += detector_.Look(next.picture);
    camera.inferred++;
    const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch());
    std::lock_guard lock(mutex_);
    arrivals_.push_back({index, next.frame, at.count()});
    return true;
  }

  const Settings settings_;
  Detector detector_;
  Signal signal_;
  std::vector<std::unique_ptr<Camera>> cameras_;
  std::mutex mutex_;
  std::vector<Arrival> arrivals_;
  std::atomic<bool> stopping_{false};
  std::thread loop_;
};

}  // namespace

int main() {
  std::string line;
  if (!std::getline(std::cin, line)) return 64;
  try {
    Program program(YAML::Load(line));
    while (std::getline(std::cin, line)) std::cout << program.Report() << std::endl;
    // Readers may wait for a camera that says nothing: nothing here needs an orderly end.
    std::_Exit(0);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "opencv: %s\n", e.what());
    return 1;
  }
}
