#include "pipeline/elements.h"

#include "pipeline/failure.h"
#include "pipeline/property.h"

namespace weir {
namespace {

std::string caps_text(GstPad* pad) {
  const CapsPtr caps(gst_pad_query_caps(pad, nullptr));
  gchar* text = gst_caps_to_string(caps.get());
  std::string result(text);
  g_free(text);
  return result;
}

// A request pad whose template is in this direction, for links that leave the name to us (tee).
GstPad* request_any(GstElement* element, GstPadDirection direction) {
  for (const GList* item = gst_element_get_pad_template_list(element); item != nullptr; item = item->next) {
    auto* pad_template = GST_PAD_TEMPLATE(item->data);
    if (GST_PAD_TEMPLATE_DIRECTION(pad_template) == direction &&
        GST_PAD_TEMPLATE_PRESENCE(pad_template) == GST_PAD_REQUEST)
      return gst_element_request_pad(element, pad_template, nullptr, nullptr);
  }
  return nullptr;
}

const char* kind_of(GstPadDirection direction) { return direction == GST_PAD_SINK ? "sink" : "src"; }

GstPad* find_pad(GstElement* element, const std::string& name, GstPadDirection direction) {
  const char* wanted = !name.empty() ? name.c_str() : kind_of(direction);
  if (GstPad* pad = gst_element_get_static_pad(element, wanted)) return pad;
  return name.empty() ? request_any(element, direction) : gst_element_request_pad_simple(element, wanted);
}

}  // namespace

PadPtr pad_of(GstElement* element, const PadName& name, GstPadDirection direction) {
  GstPad* pad = find_pad(element, name.pad, direction);
  const char* kind = kind_of(direction);
  if (pad == nullptr)
    throw Failure(code::kGraph, "node \"" + name.node + "\" has no " + kind + " pad \"" +
                                    (name.pad.empty() ? kind : name.pad) + '"');
  PadPtr owned(pad);
  if (direction != GST_PAD_UNKNOWN && GST_PAD_DIRECTION(pad) != direction)
    throw Failure(code::kGraph,
                  "pad \"" + name.pad + "\" of node \"" + name.node + "\" is no " + kind + " pad");
  return owned;
}

void link_pads(GstPad* from, GstPad* to, const std::string& what) {
  const GstPadLinkReturn result = gst_pad_link(from, to);
  if (result == GST_PAD_LINK_OK) return;
  std::string message = what + " cannot be linked: " + gst_pad_link_get_name(result);
  if (result == GST_PAD_LINK_NOFORMAT)
    message += "; one gives " + caps_text(from) + ", the other takes " + caps_text(to);
  throw Failure(code::kGraph, message);
}

GstElement* Elements::make(const Node& node) const {
  GstElement* element = gst_element_factory_make(node.element.c_str(), (prefix_ + node.id).c_str());
  if (element == nullptr)
    throw Failure(code::kElement, "node \"" + node.id + "\": there is no element \"" + node.element +
                                      "\", or its plugin does not load; see gst-inspect-1.0 " + node.element);
  gst_object_ref_sink(element);
  return element;
}

void Elements::add(const std::vector<Node>& nodes) {
  for (const Node& node : nodes) {
    const ElementPtr element(make(node));
    for (const auto& [name, value] : node.props) set_property(element.get(), node, name, value, params_);
    if (!gst_bin_add(bin_, element.get()))
      throw Failure(code::kGraph, "node \"" + node.id + "\": the name is taken");
    elements_[node.id] = element.get();
  }
}

void Elements::link(const std::vector<Link>& links) {
  for (const Link& link : links) {
    const PadPtr from = pad(link.from, GST_PAD_SRC);
    const PadPtr to = pad(link.to, GST_PAD_SINK);
    link_pads(from.get(), to.get(), "\"" + link.from.node + "\" and \"" + link.to.node + "\"");
  }
}

GstElement* Elements::at(const std::string& id) const {
  const auto found = elements_.find(id);
  if (found == elements_.end()) throw Failure(code::kGraph, "there is no node \"" + id + '"');
  return found->second;
}

PadPtr Elements::pad(const PadName& name, GstPadDirection direction) const {
  return pad_of(at(name.node), name, direction);
}

}  // namespace weir
