#include "camera_factory.h"

#include <gst/app/gstappsrc.h>

namespace camsim {
namespace {

struct CameraFactory {
  GstRTSPMediaFactory parent;
  std::shared_ptr<const AccessUnits>* units;
  GstCaps* caps;
};

struct CameraFactoryClass {
  GstRTSPMediaFactoryClass parent_class;
};

// G_DEFINE_TYPE asks for the names camera_factory_init and camera_factory_class_init.
G_DEFINE_TYPE(CameraFactory, camera_factory, GST_TYPE_RTSP_MEDIA_FACTORY)

GstElement* NewSource(GstCaps* caps) {
  GstElement* source = gst_element_factory_make("appsrc", kSourceName);
  g_object_set(source, "caps", caps, "is-live", TRUE, "format", GST_FORMAT_TIME, nullptr);
  return source;
}

GstElement* NewPayloader(Codec codec) {
  GstElement* pay = gst_element_factory_make(codec == Codec::kH264 ? "rtph264pay" : "rtph265pay", "pay0");
  if (pay) {
    g_object_set(pay, "pt", 96, "config-interval", 1, nullptr);
    gst_util_set_object_arg(G_OBJECT(pay), "aggregate-mode", "zero-latency");
  }
  return pay;
}

GstElement* CreateElement(GstRTSPMediaFactory* factory, const GstRTSPUrl*) {
  auto* self = reinterpret_cast<CameraFactory*>(factory);
  GstElement* pay = NewPayloader((*self->units)->codec);
  if (!pay) return nullptr;
  GstElement* bin = gst_bin_new(nullptr);
  GstElement* source = NewSource(self->caps);
  gst_bin_add_many(GST_BIN(bin), source, pay, nullptr);
  gst_element_link(source, pay);
  return bin;
}

void Finalize(GObject* object) {
  auto* self = reinterpret_cast<CameraFactory*>(object);
  delete self->units;
  gst_clear_caps(&self->caps);
  G_OBJECT_CLASS(camera_factory_parent_class)->finalize(object);
}

void camera_factory_class_init(CameraFactoryClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = Finalize;
  GST_RTSP_MEDIA_FACTORY_CLASS(klass)->create_element = CreateElement;
}

void camera_factory_init(CameraFactory*) {}

}  // namespace

GstRTSPMediaFactory* NewCameraFactory(std::shared_ptr<const AccessUnits> units, double fps) {
  auto* self = static_cast<CameraFactory*>(g_object_new(camera_factory_get_type(), nullptr));
  int numerator;
  int denominator;
  gst_util_double_to_fraction(fps, &numerator, &denominator);
  self->caps = gst_caps_copy(units->caps.get());
  gst_caps_set_simple(self->caps, "framerate", GST_TYPE_FRACTION, numerator, denominator, nullptr);
  self->units = new std::shared_ptr<const AccessUnits>(std::move(units));
  auto* factory = GST_RTSP_MEDIA_FACTORY(self);
  gst_rtsp_media_factory_set_shared(factory, TRUE);
  return factory;
}

}  // namespace camsim
