// cli: the sample MCP server: 2025-11-25 without sessions, JSON answers.
#include "cli/sample_server.h"

#include <thread>

#include "gate/intake.h"
#include "http/writer.h"
#include "io/acceptor.h"
#include "io/epoll_reactor.h"
#include "json/reader.h"
#include "json/writer.h"
#include "mcp/answer.h"

namespace tollhouse::cli {
namespace {

constexpr Duration kPatience = std::chrono::seconds(75);

struct Tool {
  std::string_view name;
  std::string_view description;
  std::string_view argument;
};
constexpr Tool kTools[] = {
    {"web_search", "Searches a very small web.", "query"},
    {"echo", "Says what it was told.", "text"},
    {"status", "Says how the server is.", ""},
};

std::string initialize_result() {
  return R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},)"
         R"("serverInfo":{"name":"tollhouse-sample","version":"1"}})";
}

std::string tools_result() {
  std::string result;
  json::Writer writer(result);
  writer.begin_object().name("tools").begin_array();
  for (const Tool& tool : kTools) {
    writer.begin_object().member("name", tool.name).member("description", tool.description);
    writer.name("inputSchema")
        .begin_object()
        .member("type", "object")
        .name("properties")
        .begin_object();
    if (!tool.argument.empty()) {
      writer.name(tool.argument).begin_object().member("type", "string").end_object();
    }
    writer.end_object().end_object().end_object();
  }
  writer.end_array().end_object();
  return result;
}

std::string text_result(std::string_view text, bool is_error) {
  std::string result;
  json::Writer(result)
      .begin_object()
      .name("content")
      .begin_array()
      .begin_object()
      .member("type", "text")
      .member("text", text)
      .end_object()
      .end_array()
      .member("isError", is_error)
      .end_object();
  return result;
}

std::string call_result(const json::Value& params) {
  const auto name = params.find("name");
  const auto arguments = params.find("arguments");
  const std::string tool(name ? name->as_string().value_or("") : "");
  const auto argument = [&](std::string_view key) -> std::string {
    const auto value = arguments ? arguments->find(key) : std::nullopt;
    return std::string(value ? value->as_string().value_or("") : "");
  };
  if (tool == "echo") return text_result(argument("text"), false);
  if (tool == "status") return text_result("up", false);
  if (tool == "web_search") {
    return text_result("1 result for \"" + argument("query") + "\": an agent paid for this answer.",
                       false);
  }
  return text_result("Unknown tool: " + tool, true);
}

std::string http_answer(std::string_view body) {
  std::string out;
  http::append_status_line(out, body.empty() ? 202 : 200);
  if (!body.empty()) http::append_field(out, "Content-Type", "application/json");
  http::append_content_length(out, body.size());
  http::end_head(out);
  out += body;
  return out;
}

io::Task<> serve(std::unique_ptr<io::Stream> stream) {
  gate::Intake intake{http::Limits{}};
  while (true) {
    auto status = intake.took(0);
    while (status == gate::Intake::Status::need_more) {
      const std::span<char> room = intake.room();
      const Tick deadline = stream->reactor().clock().tick() + kPatience;
      const io::Transfer got = co_await stream->read(room, deadline);
      if (got.fault != io::StreamFault::none) co_return;
      status = intake.took(got.bytes);
    }
    if (status != gate::Intake::Status::complete) co_return;
    const std::string answer = http_answer(sample_answer(intake.body()));
    const std::array<std::string_view, 1> parts{answer};
    const Tick deadline = stream->reactor().clock().tick() + kPatience;
    const io::Transfer sent = co_await stream->write(parts, deadline);
    if (sent.fault != io::StreamFault::none) co_return;
    intake.next();
  }
}

}  // namespace

std::string sample_answer(std::string_view body) {
  json::Document workspace;
  const auto message = json::parse(body, workspace);
  const auto method = message ? message->find("method") : std::nullopt;
  const auto id = message ? message->find("id") : std::nullopt;
  if (!method || !id) return {};
  const std::string name(method->as_string().value_or(""));
  if (name == "initialize") return mcp::result_body(id->raw(), initialize_result());
  if (name == "ping") return mcp::result_body(id->raw(), "{}");
  if (name == "tools/list") return mcp::result_body(id->raw(), tools_result());
  const auto params = message->find("params");
  if (name == "tools/call" && params) return mcp::result_body(id->raw(), call_result(*params));
  return mcp::error_body(id->raw(), mcp::kMethodNotFound, "Method not found");
}

class SampleServer::Parts final : public io::ConnectionHandler {
 public:
  Parts()
      : census(io::ConnectionLimits{1024, 1024}),
        reactor(0, clock),
        acceptor({&reactor}, census, nullptr) {}
  ~Parts() {
    acceptor.stop();
    reactor.stop();
    if (thread.joinable()) thread.join();
    reactor.nursery().abandon();
  }
  void connected(io::Reactor& on, std::unique_ptr<io::Stream> stream) override {
    on.nursery().start(serve(std::move(stream)));
  }

  SystemClock clock;
  io::ConnectionCensus census;
  io::EpollReactor reactor;
  io::Acceptor acceptor;
  io::Endpoint address;
  std::thread thread;
};

SampleServer::SampleServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SampleServer::~SampleServer() = default;

Result<std::unique_ptr<SampleServer>, std::string> SampleServer::start() {
  auto parts = std::make_unique<Parts>();
  const auto bound = parts->acceptor.listen(io::Endpoint::ipv4({127, 0, 0, 1}, 0), *parts);
  if (!bound) return refuse(std::string("the sample server finds no loopback port"));
  parts->address = *bound;
  parts->thread = std::thread([raw = parts.get()] { raw->reactor.run(); });
  parts->acceptor.start();
  return std::unique_ptr<SampleServer>(new SampleServer(std::move(parts)));
}

const io::Endpoint& SampleServer::address() const { return parts_->address; }

}  // namespace tollhouse::cli
