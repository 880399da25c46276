// Watches one source's frames at the nodes of its roles. The first watcher that a packet or picture meets in
// a thread says whose bytes the thread is at.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

#include "pipeline/frame_clock.h"
#include "pipeline/sender_clock.h"
#include "pipeline/source_flow.h"
#include "pipeline/source_identity.h"

namespace weir {

// Tells the picture's format when it is known and whenever it changes; counts access units.
void watch_parser(GstElement* parser, const std::string& codec, const std::shared_ptr<SourceFlow>& flow,
                  const std::shared_ptr<SourceIdentity>& identity);
// Notes when access units are there, and when they were taken.
void watch_arrival(GstElement* queue, FrameClock& clock, const std::shared_ptr<SenderClock>& sender);
// Keeps the queue from filling up, as it would block the tee in front of it. Throws Failure GRAPH_INVALID.
void guard_encoded_queue(GstElement* queue, const std::shared_ptr<SourceFlow>& flow);
// Counts RTP packets, those lost, and jumps of their time. What would crash the depayloader is dropped, and
// counts as lost; the clock is told of their times. Throws Failure GRAPH_INVALID.
void watch_packets(GstElement* depayloader, SlotCounters& counters,
                   const std::shared_ptr<SenderClock>& sender,
                   const std::shared_ptr<SourceIdentity>& identity);
// Counts jumps of access units' times, where there are no packets to tell.
void watch_times(GstElement* parser, SlotCounters& counters, const std::shared_ptr<SourceIdentity>& identity);
// Keeps track of when the picture last changed.
void watch_pictures(GstElement* decoder, SlotCounters& counters);
void watch_decoder(GstElement* decoder, const std::shared_ptr<SourceFlow>& flow,
                   const std::shared_ptr<SourceIdentity>& identity);
void watch_decoded_queue(GstElement* queue, const std::shared_ptr<SourceFlow>& flow,
                         const std::shared_ptr<SourceIdentity>& identity);

}  // namespace weir
