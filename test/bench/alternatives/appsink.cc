// What a user would write to have GStreamer's pictures in Node.js: an addon with a pipeline and an appsink
// per camera. open(uri, width, height, wake) → {pull(): Buffer | undefined, offered(): number, close()}.
// `wake` is called when pictures may wait; the appsink keeps the newest two and drops older ones.
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <napi.h>

#include <atomic>
#include <string>

namespace {

class Camera : public Napi::ObjectWrap<Camera> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Camera",
                       {InstanceMethod<&Camera::Pull>("pull"), InstanceMethod<&Camera::Offered>("offered"),
                        InstanceMethod<&Camera::Close>("close")});
  }

  // Arguments: uri, width and height of the pictures wanted, wake.
  explicit Camera(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Camera>(info) {
    wake_ = Napi::ThreadSafeFunction::New(info.Env(), info[3].As<Napi::Function>(), "picture", 1, 1);
    const std::string caps =
        "video/x-raw,format=BGR,width=" + std::to_string(info[1].ToNumber().Int32Value()) +
        ",height=" + std::to_string(info[2].ToNumber().Int32Value());
    // A benchmark's own addresses: nothing of a stranger is parsed here.
    const std::string chain =
        "rtspsrc name=source protocols=tcp latency=200 ! rtph264depay ! h264parse ! avdec_h264 ! "
        "videoscale ! videoconvert ! appsink name=sink max-buffers=2 drop=true sync=false caps=" +
        caps;
    GError* error = nullptr;
    pipeline_ = gst_parse_launch(chain.c_str(), &error);
    if (error != nullptr) {
      const std::string message = error->message;
      g_error_free(error);
      throw Napi::Error::New(info.Env(), message);
    }
    GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline_), "source");
    g_object_set(source, "location", info[0].ToString().Utf8Value().c_str(), nullptr);
    gst_object_unref(source);
    sink_ = GST_APP_SINK(gst_bin_get_by_name(GST_BIN(pipeline_), "sink"));
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = [](GstAppSink*, gpointer self) {
      static_cast<Camera*>(self)->offered_++;
      static_cast<Camera*>(self)->wake_.NonBlockingCall();
      return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(sink_, &callbacks, this, nullptr);
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
  }

  ~Camera() override { Stop(); }

 private:
  Napi::Value Pull(const Napi::CallbackInfo& info) {
    if (sink_ == nullptr) return info.Env().Undefined();
    GstSample* sample = gst_app_sink_try_pull_sample(sink_, 0);
    if (sample == nullptr) return info.Env().Undefined();
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_READ);
    auto copy = Napi::Buffer<uint8_t>::Copy(info.Env(), map.data, map.size);
    gst_buffer_unmap(buffer, &map);
    gst_sample_unref(sample);
    return copy;
  }

  // Pictures that came to the appsink; those that were not pulled have been dropped, or wait.
  Napi::Value Offered(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(offered_.load()));
  }

  void Close(const Napi::CallbackInfo&) { Stop(); }

  void Stop() {
    if (pipeline_ == nullptr) return;
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(sink_);
    gst_object_unref(pipeline_);
    sink_ = nullptr;
    pipeline_ = nullptr;
    wake_.Release();
  }

  GstElement* pipeline_ = nullptr;
  GstAppSink* sink_ = nullptr;
  Napi::ThreadSafeFunction wake_;
  std::atomic<uint64_t> offered_{0};
};

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  gst_init(nullptr, nullptr);
  exports.Set("Camera", Camera::Define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(appsink, Init)
