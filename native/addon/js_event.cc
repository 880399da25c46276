#include "addon/js_event.h"

namespace weir {
namespace {

const char* type_name(Event::Type type) {
  switch (type) {
    case Event::Type::kSourceError:
      return "source-error";
    case Event::Type::kSourceFormat:
      return "source-format";
    case Event::Type::kConnected:
      return "connected";
    case Event::Type::kFirstFrame:
      return "first-frame";
    case Event::Type::kWarning:
      return "warning";
    case Event::Type::kPipelineError:
      break;
  }
  return "pipeline-error";
}

}  // namespace

Napi::Object to_js(Napi::Env env, const Event& event) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", type_name(event.type));
  if (event.type != Event::Type::kPipelineError) {
    object.Set("slot", event.slot);
    object.Set("epoch", static_cast<double>(event.epoch));
  }
  if (!event.cause.empty()) object.Set("cause", event.cause);
  if (event.status != 0) object.Set("status", event.status);
  if (!event.message.empty()) object.Set("message", event.message);
  if (event.type == Event::Type::kSourceFormat) {
    object.Set("codec", event.codec);
    object.Set("width", event.width);
    object.Set("height", event.height);
    object.Set("fps", event.fps);
  }
  return object;
}

}  // namespace weir
