// sim: answers.
#include "sim/upstream.h"

#include "sim/records.h"

namespace tollhouse::sim {
namespace {

std::string head(std::string_view type, std::string_view framing) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\n{}\r\n\r\n", type, framing);
}

std::string sized(std::string_view status, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
      body.size(), body);
}

std::string chunk(std::string_view data) {
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

std::string event(std::string_view data) { return fmt::format("data: {}\n\n", data); }

std::string result(std::string_view id, std::string_view nonce, std::size_t padding = 0) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":"echo {};{}"}}]}}}})",
      id, nonce, std::string(padding, 'x'));
}

std::string tool_error(std::string_view id) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"isError":true,"content":[]}}}})", id);
}

std::string rpc_error(std::string_view id) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32000,"message":"no"}}}})", id);
}

constexpr std::string_view kChunked = "Transfer-Encoding: chunked";
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProgress =
    R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})";

}  // namespace

class Upstream::Connection final : public Peer {
 public:
  Connection(Upstream& owner, std::shared_ptr<Line> line) : owner_(owner), line_(std::move(line)) {
    Network::set_peer(*line_, *this);
  }

  void received(std::string_view bytes) override {
    got_ += bytes;
    const auto end = got_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string length = cut_out(got_, "Content-Length: ", '\r').value_or("0");
    const std::size_t whole = end + 4 + std::stoul(length);
    if (got_.size() < whole) return;
    const std::string request = got_.substr(0, whole);
    got_.erase(0, whole);
    serve(request);
  }
  void ended() override { line_->close(); }
  void was_reset() override {}

 private:
  void serve(const std::string& request) {
    ++messages_;
    if (request.find("notifications/initialized") != std::string::npos) {
      return line_->send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    }
    const std::string id = cut_out(request, R"("id":)", ',').value_or("null");
    const std::string nonce = cut_out(request, R"("n":")", '"').value_or("");
    Kind kind = owner_.kind_of_answer();
    if (owner_.faults.reused_drops && served_ > 0 && owner_.dice_.one_in(2)) {
      kind = Kind::drop_before_head;
    }
    ++served_;
    owner_.trace_.say("upstream serves n={} on line {} as {}", nonce, line_->number(), int(kind));
    Duration wait =
        owner_.dice_.duration(std::chrono::microseconds(50), std::chrono::milliseconds(20));
    if (owner_.faults.delays && owner_.dice_.one_in(4)) {
      wait = owner_.dice_.duration(Duration{}, std::chrono::seconds(7));
    }
    owner_.scheduler_.after(
        wait, [this, kind, id, nonce, message = messages_] { answer(kind, id, nonce, message); });
  }

  void answer(Kind kind, const std::string& id, const std::string& nonce, std::uint64_t message) {
    Line& line = *line_;
    const std::string good = result(id, nonce);
    bool whole = false;
    switch (kind) {
      case Kind::result:
        line.send(sized("200 OK", good));
        whole = true;
        break;
      case Kind::events:
        line.send(head(kEvents, kChunked) + chunk(": hi\n\n" + event(kProgress)));
        line.send(chunk(event(good)) + chunk(""));
        whole = true;
        break;
      case Kind::big:
        line.send(head(kJson, kChunked) + chunk(result(id, nonce, 6000)) + chunk(""));
        whole = true;
        break;
      case Kind::until_close:
        line.send(head(kJson, "Connection: close") + good);
        line.close();
        break;
      case Kind::tool_error:
        line.send(sized("200 OK", tool_error(id)));
        whole = true;
        break;
      case Kind::rpc_error:
        line.send(sized("200 OK", rpc_error(id)));
        whole = true;
        break;
      case Kind::http_500:
        line.send(sized("500 Oops", "{}"));
        whole = true;
        break;
      case Kind::stall:
        break;
      case Kind::garbage:
        line.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
        break;
      case Kind::cut_length:
        line.send(sized("200 OK", good).substr(0, 120));
        line.close();
        break;
      case Kind::cut_chunk:
        line.send(head(kJson, kChunked) + chunk(good));
        line.close();
        break;
      case Kind::drop_before_head:
        line.reset();
        break;
      case Kind::drop_in_head:
        line.send("HTTP/1.1 200 OK\r\nContent-");
        line.close();
        break;
      case Kind::events_error:
        line.send(head(kEvents, kChunked) + chunk(event(tool_error(id))) + chunk(""));
        whole = true;
        break;
      case Kind::events_cut_before:
        line.send(head(kEvents, kChunked) + chunk(event(kProgress)));
        line.close();
        break;
      case Kind::events_cut_after:
        line.send(head(kEvents, kChunked) + chunk(event(good)));
        line.close();
        break;
      case Kind::events_empty:
        line.send(head(kEvents, kChunked) + chunk(event(kProgress)) + chunk(""));
        whole = true;
        break;
    }
    if (!whole) return;
    if (owner_.faults.surplus && owner_.dice_.one_in(2)) {
      // An id that nobody uses: else it would be an answer to whoever asks next.
      line.send_surplus(sized("200 OK", result("99999999", "surplus")), message);
    }
    if (owner_.dice_.one_in(12)) {
      owner_.scheduler_.after(owner_.dice_.duration(Duration{}, std::chrono::seconds(4)),
                              [kept = line_] { kept->close(); });
    }
  }

  Upstream& owner_;
  std::shared_ptr<Line> line_;
  std::string got_;
  int served_ = 0;
  std::uint64_t messages_ = 0;
};

Upstream::Upstream(std::uint64_t seed, Scheduler& scheduler, Trace& trace)
    : scheduler_(scheduler), trace_(trace), dice_(seed, "upstream") {}

Upstream::~Upstream() = default;

void Upstream::dialled(std::shared_ptr<Line> line) {
  connections_.push_back(std::make_unique<Connection>(*this, std::move(line)));
}

Upstream::Kind Upstream::kind_of_answer() {
  static constexpr Kind kGood[] = {Kind::result, Kind::result, Kind::result,
                                   Kind::events, Kind::big,    Kind::until_close};
  static constexpr Kind kBad[] = {
      Kind::tool_error,   Kind::rpc_error,    Kind::http_500,          Kind::stall,
      Kind::garbage,      Kind::cut_length,   Kind::cut_chunk,         Kind::drop_before_head,
      Kind::drop_in_head, Kind::events_error, Kind::events_cut_before, Kind::events_cut_after,
      Kind::events_empty,
  };
  if (faults.upstream_fails ? !dice_.one_in(10) : faults.upstream && dice_.one_in(3)) {
    return dice_.pick(kBad);
  }
  return dice_.pick(kGood);
}

}  // namespace tollhouse::sim
