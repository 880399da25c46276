#include "camera_factory.h"

#include <gst/app/gstappsrc.h>

#include <mutex>
#include <utility>

#include "media_tap.h"

namespace camsim {
namespace {

constexpr const char* kCodec = "camsim-codec";

struct Shared {
  std::mutex mutex;
  std::shared_ptr<const AccessUnits> units;
  double fps;
};

struct CameraFactory {
  GstRTSPMediaFactory parent;
  Shared* shared;
  gint generation;  // atomic
};

struct CameraFactoryClass {
  GstRTSPMediaFactoryClass parent_class;
};

// G_DEFINE_TYPE asks for the names camera_factory_init and camera_factory_class_init.
G_DEFINE_TYPE(CameraFactory, camera_factory, GST_TYPE_RTSP_MEDIA_FACTORY)

struct Payload {
  Codec codec;
  const char* payloader;
  int type;
  int clock_rate;
  bool parameter_sets;
};

constexpr Payload kPayloads[] = {{Codec::kH264, "rtph264pay", 96, 90000, true},
                                 {Codec::kH265, "rtph265pay", 96, 90000, true},
                                 {Codec::kJpeg, "rtpjpegpay", 26, 90000, false},
                                 {Codec::kPcmu, "rtppcmupay", 0, 8000, false}};

const Payload& PayloadOf(Codec codec) {
  const Payload* payload = kPayloads;
  while (payload->codec != codec) ++payload;
  return *payload;
}

GstElement* NewSource(const AccessUnits& units, double fps) {
  GstElement* source = gst_element_factory_make("appsrc", kSourceName);
  GstPtr<GstCaps> caps(SourceCaps(units, fps));
  g_object_set(source, "caps", caps.get(), "is-live", TRUE, "format", GST_FORMAT_TIME, nullptr);
  return source;
}

GstElement* NewPayloader(const Payload& payload) {
  GstElement* pay = gst_element_factory_make(payload.payloader, kPayloaderName);
  if (pay) g_object_set(pay, "pt", payload.type, nullptr);
  if (pay && payload.parameter_sets) {
    g_object_set(pay, "config-interval", 1, nullptr);
    gst_util_set_object_arg(G_OBJECT(pay), "aggregate-mode", "zero-latency");
  }
  return pay;
}

GstElement* CreateElement(GstRTSPMediaFactory* factory, const GstRTSPUrl*) {
  Shared& shared = *reinterpret_cast<CameraFactory*>(factory)->shared;
  std::lock_guard lock(shared.mutex);
  GstElement* pay = NewPayloader(PayloadOf(shared.units->codec));
  if (!pay) return nullptr;
  GstElement* bin = gst_bin_new(nullptr);
  g_object_set_data(G_OBJECT(bin), kCodec, GINT_TO_POINTER(static_cast<int>(shared.units->codec)));
  GstElement* source = NewSource(*shared.units, shared.fps);
  gst_bin_add_many(GST_BIN(bin), source, pay, nullptr);
  gst_element_link(source, pay);
  return bin;
}

/** The key under which a media is shared. */
gchar* GenKey(GstRTSPMediaFactory* factory, const GstRTSPUrl* url) {
  auto* self = reinterpret_cast<CameraFactory*>(factory);
  return g_strdup_printf("%s#%d", url->abspath, g_atomic_int_get(&self->generation));
}

void Finalize(GObject* object) {
  delete reinterpret_cast<CameraFactory*>(object)->shared;
  G_OBJECT_CLASS(camera_factory_parent_class)->finalize(object);
}

void camera_factory_class_init(CameraFactoryClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = Finalize;
  GST_RTSP_MEDIA_FACTORY_CLASS(klass)->create_element = CreateElement;
  GST_RTSP_MEDIA_FACTORY_CLASS(klass)->gen_key = GenKey;
}

void camera_factory_init(CameraFactory*) {}

}  // namespace

int ClockRate(Codec codec) { return PayloadOf(codec).clock_rate; }

GstCaps* SourceCaps(const AccessUnits& units, double fps) {
  GstCaps* caps = gst_caps_copy(units.caps.get());
  int numerator;
  int denominator;
  gst_util_double_to_fraction(fps, &numerator, &denominator);
  if (units.codec != Codec::kPcmu) {
    gst_caps_set_simple(caps, "framerate", GST_TYPE_FRACTION, numerator, denominator, nullptr);
  }
  return caps;
}

GstRTSPMediaFactory* NewCameraFactory(std::shared_ptr<const AccessUnits> units, double fps) {
  auto* self = static_cast<CameraFactory*>(g_object_new(camera_factory_get_type(), nullptr));
  self->shared = new Shared{.units = std::move(units), .fps = fps};
  auto* factory = GST_RTSP_MEDIA_FACTORY(self);
  gst_rtsp_media_factory_set_shared(factory, TRUE);
  gst_rtsp_media_factory_set_media_gtype(factory, MediaTap::MediaType());
  return factory;
}

void SetUnits(GstRTSPMediaFactory* factory, std::shared_ptr<const AccessUnits> units) {
  Shared& shared = *reinterpret_cast<CameraFactory*>(factory)->shared;
  std::lock_guard lock(shared.mutex);
  shared.units = std::move(units);
}

Codec CodecOf(GstElement* media_bin) {
  return static_cast<Codec>(GPOINTER_TO_INT(g_object_get_data(G_OBJECT(media_bin), kCodec)));
}

void ForgetMedia(GstRTSPMediaFactory* factory) {
  g_atomic_int_inc(&reinterpret_cast<CameraFactory*>(factory)->generation);
}

}  // namespace camsim
