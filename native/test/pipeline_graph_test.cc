#include "pipeline_harness.h"

namespace weir::test {

namespace {

void set_prop(Graph& graph, const std::string& id, const std::string& name, PropValue value) {
  for (Node& n : graph.nodes)
    if (n.id == id) n.props.insert(n.props.begin(), {name, std::move(value)});
}

TEST(PipelineGraph, NamesAnUnknownElement) {
  Graph g = graph(1);
  g.nodes.push_back(node("oracle", "nvoracle"));
  EXPECT_FAILURE(TestPipeline(g).start(), "ELEMENT_MISSING",
                 "node \"oracle\": there is no element \"nvoracle\"");
}

struct BadProperty {
  const char* name;
  PropValue value;
  const char* message;
};

TEST(PipelineGraph, NamesNodePropertyValueAndWhatWasExpected) {
  const BadProperty cases[] = {
      {"colour", text("red"), "node \"sink\" (fakesink): has no property \"colour\""},
      {"num-buffers", number(1.5),
       "property \"num-buffers\" cannot be \"1.5\"; expected an integer from -1 to 2147483647"},
      {"num-buffers", number(-2), "cannot be \"-2\""},
      {"num-buffers", number(1e300), "expected an integer"},
      {"num-buffers", number(4294967296.0), "cannot be \"4294967296\""},
      {"num-buffers", text("many"), "cannot be \"many\""},
      {"sync", text("perhaps"), "expected true or false"},
      {"sync", number(2), "expected true or false"},
      {"state-error", text("loud"), "cannot be \"loud\"; expected one of none (0)"},
      {"last-message", text("x"), "property \"last-message\" cannot be set"},
      {"name", number(5), "property \"name\" cannot be \"5\""},
  };
  for (const BadProperty& bad : cases) {
    Graph g = graph(1);
    set_prop(g, "sink", bad.name, bad.value);
    EXPECT_FAILURE(TestPipeline(g).start(), "GRAPH_INVALID", bad.message);
  }
}

TEST(PipelineGraph, TakesNicksNumbersFractionsAndCaps) {
  Graph g = graph(1);
  set_prop(g, "sink", "state-error", text("none"));
  set_prop(g, "sink", "num-buffers", text("-1"));
  set_prop(g, "sink", "max-lateness", number(20'000'000));
  set_prop(g, "gate", "leaky", number(2));
  g.nodes.push_back(node("free", "capsfilter", {{"caps", text("video/x-raw,framerate=30000/1001")}}));
  TestPipeline pipeline(g);
  ASSERT_DONE(pipeline.start());
}

TEST(PipelineGraph, NeverPrintsWhatCameThroughAHole) {
  Graph g = graph(1);
  auto& source = g.sources["file"].nodes[0];
  source.props.push_back({"blocksize", Hole{"secret"}});
  TestPipeline pipeline(g);
  ASSERT_DONE(pipeline.start());
  std::promise<std::optional<Failure>> answer;
  const SourceParams params{"file", "cam", 1, 1, {{"secret", Scalar(std::string("hunter2"))}}};
  pipeline.native().add_source(0, params, [&](auto failure) { answer.set_value(failure); });
  const auto failure = answer.get_future().get();
  EXPECT_FAILURE(failure, "GRAPH_INVALID", "what parameter \"secret\" says");
  EXPECT_EQ(std::string(failure->what()).find("hunter2"), std::string::npos);
}

TEST(PipelineGraph, NamesWhatCannotBeLinked) {
  Graph g = graph(1);
  g.links.push_back({{"split", "src_9"}, {"nowhere", ""}});
  EXPECT_FAILURE(TestPipeline(g).start(), "GRAPH_INVALID", "there is no node \"nowhere\"");
  g.links.back() = {{"sink", "src"}, {"gate", ""}};
  EXPECT_FAILURE(TestPipeline(g).start(), "GRAPH_INVALID", "node \"sink\" has no src pad \"src\"");
  g.links.back() = {{"split", "src_9"}, {"gate", ""}};
  EXPECT_FAILURE(TestPipeline(g).start(), "GRAPH_INVALID", "\"split\" and \"gate\" cannot be linked");
}

TEST(PipelineGraph, SaysWhyAnElementDoesNotStart) {
  Graph g = graph(1);
  g.nodes.push_back(node("file", "filesink", {{"location", text("/nonexistent/file")}}));
  EXPECT_FAILURE(TestPipeline(g).start(), "START_FAILED", "file: Could not open file");
}

}  // namespace
}  // namespace weir::test
