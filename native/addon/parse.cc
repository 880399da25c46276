#include "addon/parse.h"

#include <cmath>

namespace weir {

Napi::Error to_error(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.what());
  error.Set("code", Napi::String::New(env, failure.code()));
  return error;
}

namespace {

constexpr size_t kMaxShown = 80;

// Values may be secrets: only what kind they are is told, save for numbers.
std::string shown(const Napi::Value& value) {
  if (value.IsUndefined()) return "missing";
  if (value.IsNull()) return "null";
  if (value.IsNumber() || value.IsBoolean()) return value.ToString().Utf8Value().substr(0, kMaxShown);
  if (value.IsString()) return "a string";
  if (value.IsArray()) return "an array";
  return value.IsFunction() ? "a function" : "an object";
}

}  // namespace

void Field::expected(const std::string& what) const {
  throw Failure(code::kArgument, path_ + " is " + shown(value_) + ", expected " + what);
}

Napi::Object Field::object() const {
  if (!value_.IsObject() || value_.IsArray() || value_.IsFunction()) expected("an object");
  return value_.As<Napi::Object>();
}

Field Field::maybe(const char* key) const { return {object().Get(key), path_ + '.' + key}; }

Field Field::at(const char* key) const {
  Field field = maybe(key);
  if (field.is_undefined()) field.expected("a value");
  return field;
}

std::string Field::text() const {
  if (!value_.IsString()) expected("a string");
  std::string text = value_.As<Napi::String>();
  if (text.find('\0') != std::string::npos) throw Failure(code::kArgument, path_ + " has a zero byte in it");
  return text;
}

double Field::number() const {
  if (!value_.IsNumber()) expected("a number");
  return value_.As<Napi::Number>().DoubleValue();
}

double Field::number(double from, double to) const {
  const double value = value_.IsNumber() ? number() : NAN;
  if (!(value >= from && value <= to)) {
    std::ostringstream what;
    what << "a number from " << from << " to " << to;
    expected(what.str());
  }
  return value;
}

int64_t Field::integer(int64_t from, int64_t to) const {
  const std::string what = "an integer from " + std::to_string(from) + " to " + std::to_string(to);
  if (!value_.IsNumber()) expected(what);
  const double value = number();
  if (!(value >= static_cast<double>(from) && value <= static_cast<double>(to)) || value != std::floor(value))
    expected(what);
  return static_cast<int64_t>(value);
}

bool Field::boolean() const {
  if (!value_.IsBoolean()) expected("true or false");
  return value_.As<Napi::Boolean>();
}

Scalar Field::scalar() const {
  if (value_.IsString()) return text();
  if (value_.IsNumber()) return number();
  if (value_.IsBoolean()) return boolean();
  expected("a string, a number or a boolean");
}

Napi::Function Field::function() const {
  if (!value_.IsFunction()) expected("a function");
  return value_.As<Napi::Function>();
}

template <class Each>
void Field::each_item(Each each) const {
  if (!value_.IsArray()) expected("an array");
  const auto array = value_.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++)
    each(Field(array.Get(i), path_ + '[' + std::to_string(i) + ']'));
}

template <class Each>
void Field::each_entry(Each each) const {
  const Napi::Object owner = object();
  const Napi::Array keys = owner.GetPropertyNames();
  for (uint32_t i = 0; i < keys.Length(); i++) {
    const std::string key = keys.Get(i).ToString();
    const Field value(owner.Get(key), path_ + '.' + key);
    if (!value.is_undefined()) each(key, value);
  }
}

namespace {

template <class Item, class Parse>
std::vector<Item> list(const Field& field, Parse parse) {
  std::vector<Item> items;
  field.each_item([&](const Field& item) { items.push_back(parse(item)); });
  return items;
}

template <class Item, class Parse>
std::map<std::string, Item> dictionary(const Field& field, Parse parse) {
  std::map<std::string, Item> items;
  field.each_entry([&](const std::string& key, const Field& item) { items.emplace(key, parse(item)); });
  return items;
}

PropValue prop(const Field& field) {
  if (field.is_object()) return Hole{field.at("hole").text()};
  return field.scalar();
}

Node node(const Field& field) {
  Node result{.id = field.at("id").text(), .element = field.at("element").text(), .props = {}};
  field.at("props").each_entry(
      [&](const std::string& key, const Field& value) { result.props.emplace_back(key, prop(value)); });
  return result;
}

std::vector<Node> nodes(const Field& field) { return list<Node>(field.at("nodes"), node); }

std::string maybe_text(const Field& field) { return field.is_undefined() ? "" : field.text(); }

PadName pad_name(const Field& field) { return {field.at("node").text(), maybe_text(field.maybe("pad"))}; }

Link link(const Field& field) { return {pad_name(field.at("from")), pad_name(field.at("to"))}; }

std::vector<Link> links(const Field& field) { return list<Link>(field.at("links"), link); }

SourceVariant variant(const Field& field) {
  return {.codec = field.at("codec").text(),
          .caps = field.at("caps").text(),
          .nodes = nodes(field),
          .links = links(field),
          .entry = field.at("entry").text()};
}

SourceRoles roles(const Field& field) {
  return {.packets = maybe_text(field.maybe("packets")),
          .parser = field.at("parser").text(),
          .tap = field.at("tap").text(),
          .encoded_queue = field.at("encodedQueue").text(),
          .decoder = field.at("decoder").text(),
          .decoded_queue = field.at("decodedQueue").text()};
}

SourceTemplate source_template(const Field& field) {
  return {.nodes = nodes(field),
          .links = links(field),
          .dynamic = field.at("dynamic").text(),
          .variants = list<SourceVariant>(field.at("variants"), variant),
          .exit = field.at("exit").text(),
          .roles = roles(field.at("roles"))};
}

BranchTemplate branch_template(const Field& field) {
  const Field needs_objects = field.maybe("needsObjects");
  return {.nodes = nodes(field),
          .links = links(field),
          .entry = field.at("entry").text(),
          .exit = field.at("exit").text(),
          .needs_objects = !needs_objects.is_undefined() && needs_objects.boolean()};
}

constexpr int64_t kMaxClass = 1'000'000;
constexpr double kMaxHeartbeatMs = 86'400'000;
constexpr int64_t kMaxEvery = 1'000'000;

Format format(const Field& field) {
  const std::string name = field.text();
  if (name == "json") return Format::kJson;
  if (name == "protobuf") return Format::kProtobuf;
  if (name == "nvds-minimal") return Format::kNvdsMinimal;
  field.expected("json, protobuf or nvds-minimal");
}

OnChange on_change(const Field& field) {
  return {.moved = field.at("moved").number(0, 1000),
          .heartbeat_ns = static_cast<int64_t>(field.at("heartbeatMs").number(1, kMaxHeartbeatMs) * 1e6)};
}

MessageOptions message_options(const Field& field) {
  MessageOptions options{.format = format(field.at("format")),
                         .classes = {},
                         .min_confidence = field.at("minConfidence").number(0, 1),
                         .tracked_only = field.at("trackedOnly").boolean(),
                         .every = static_cast<uint32_t>(field.at("every").integer(1, kMaxEvery)),
                         .on_change = {}};
  const Field classes = field.maybe("classIds");
  if (!classes.is_undefined())
    options.classes =
        list<int>(classes, [](const Field& id) { return static_cast<int>(id.integer(0, kMaxClass)); });
  const Field change = field.maybe("onChange");
  if (!change.is_undefined()) options.on_change = on_change(change);
  return options;
}

Decode decode(const Field& field) {
  const std::string word = field.text();
  if (word == "all") return Decode::kAll;
  if (word == "reference") return Decode::kReference;
  if (word == "keyframes") return Decode::kKeyframes;
  field.expected(R"("all", "reference" or "keyframes")");
}

constexpr int64_t kMaxSlots = 1024;
constexpr double kMaxFps = 1000;

}  // namespace

Graph parse_graph(const Field& field) {
  const Field slots = field.at("slots");
  const Field templates = field.at("templates");
  const Field messages = field.maybe("messages");
  return {.provider = field.at("provider").text(),
          .nodes = nodes(field),
          .links = links(field),
          .slots = static_cast<size_t>(slots.at("count").integer(1, kMaxSlots)),
          .mux = slots.at("mux").text(),
          .tee_prefix = slots.at("teePrefix").text(),
          .metadata = pad_name(field.at("metadata")),
          .gate = pad_name(field.at("gate")),
          .detector = maybe_text(field.maybe("detector")),
          .messages = messages.is_undefined() ? MessageOptions{} : message_options(messages),
          .sources = dictionary<SourceTemplate>(templates.at("sources"), source_template),
          .branches = dictionary<BranchTemplate>(templates.at("branches"), branch_template)};
}

SourceParams parse_source(const Field& field) {
  return {.source_template = field.at("template").text(),
          .stream = field.at("stream").text(),
          .epoch = field.at("epoch").integer(0, kMaxInteger),
          .token = static_cast<uint32_t>(field.at("token").integer(0, UINT32_MAX)),
          .params = dictionary<Scalar>(field.at("params"), [](const Field& value) { return value.scalar(); }),
          .selection = parse_selection(field)};
}

Selection parse_selection(const Field& field) {
  return {.decode = decode(field.at("decode")),
          .max_fps = static_cast<float>(field.at("maxFps").number(0, kMaxFps))};
}

}  // namespace weir
