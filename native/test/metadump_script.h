// What a script on metadump's standard input may do with the pipeline, one command a line:
//
//   play                             starts the pipeline; without this line it is started before the script
//   push SRC PTS_MS [LUMA]           one grey picture into appsrc SRC, as its caps say
//   end SRC                          EOS into appsrc SRC
//   caps SRC CAPS                    what the next pictures of SRC are
//   set ELEMENT PROPERTY VALUE
//   add NAME ELEMENT.PAD TEXT        makes a bin of gst-launch text and links it to that new request pad
//   remove NAME                      stops that bin and releases the pad it is linked to
//   send ELEMENT.PAD EVENT [NUMBER]  eos, flush-start, flush-stop, stream-reset PAD or interval N
//   deafen ELEMENT.PAD               queries do not pass this pad any more
//   wait KIND [COUNT]                for the first or COUNTth line of a kind: batch, frame, an event's name,
//   an
//                                    element message's name; of a named pad ELEMENT.PAD/KIND
//   quit                             ends the run
#pragma once

#include <gst/gst.h>

#include <functional>
#include <string>
#include <vector>

#include "metadump_lines.h"

namespace metadump {

class Script {
 public:
  Script(GstElement* pipeline, Lines& lines) : pipeline_(pipeline), lines_(lines) {}

  // Runs lines in order. Throws std::runtime_error at the first that fails.
  void run(const std::vector<std::string>& script, const std::function<void()>& play);

 private:
  void command(const std::string& name, std::istream& words);
  void push(std::istream& words);
  void add(std::istream& words);
  void remove(const std::string& name);
  void send(std::istream& words);
  void wait(std::istream& words);
  GstElement* element(const std::string& name);
  GstPad* pad(const std::string& name);

  GstElement* pipeline_;
  Lines& lines_;
};

// ELEMENT.PAD taken apart.
struct PadName {
  std::string element;
  std::string pad;
};
PadName pad_name(const std::string& text);

}  // namespace metadump
