// sim: what callers do.
#include "sim/caller.h"

#include "base/base64.h"
#include "base/hex.h"
#include "sim/caller_line.h"

namespace tollhouse::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kModern = 0;
constexpr int kLegacy = 1;
constexpr int kRest = 2;
constexpr std::string_view kTools[] = {"single", "single",  "single", "counted",
                                       "pass",   "attempt", "bound",  "free"};

/// The token's own end, out of its caveat.
Time end_of(std::string_view macaroon) {
  const auto bytes = bytes_from_any_base64(macaroon);
  const std::string text = bytes ? std::string(text_of(*bytes)) : "";
  constexpr std::string_view kName = "_valid_until=";
  const auto at = text.find(kName);
  if (at == std::string::npos) return Time::max();
  return time_from_unix(std::atoll(text.c_str() + at + kName.size()));
}

}  // namespace

Caller::Caller(CallerSettings settings, std::uint64_t seed, CallerWorld& world,
               Scheduler& scheduler, Trace& trace, Records& records, const SimClock& clock)
    : settings_(std::move(settings)),
      dice_(seed + settings_.number, "caller"),
      world_(world),
      scheduler_(scheduler),
      trace_(trace),
      records_(records),
      clock_(clock) {}

Caller::~Caller() = default;

void Caller::begin() {
  scheduler_.after(dice_.duration(Duration{}, seconds(2)), [this] { act(); });
}

void Caller::rest() { settings_.actions = 0; }

void Caller::leave_all() {
  for (const auto& line : lines_) line->leave(false);
}

void Caller::act() {
  if (settings_.actions-- <= 0) return;
  const std::uint64_t wanted = settings_.stubborn ? 1 : dice_.below(4);
  if (purse_.empty() || purse_.size() < wanted) {
    buy();
  } else {
    const std::size_t credential =
        settings_.stubborn ? purse_.size() - 1 : dice_.below(purse_.size());
    const std::uint64_t what = dice_.below(10);
    if (settings_.stubborn || what < 5) {
      use(credential);
    } else if (what < 8 && faults.storm) {
      race(credential);
    } else if (what == 8) {
      probe_expiry(credential);
    } else if (what == 9) {
      const bool forged = dice_.one_in(2);
      Attempt& attempt =
          show(credential, forged ? Attempt::Show::tampered : Attempt::Show::wrong_tool, true);
      send(attempt, manners(), dice_.one_in(2));
    } else {
      buy();
    }
  }
  Duration longest = dice_.one_in(5) ? Duration(seconds(25)) : Duration(seconds(3));
  if (settings_.stubborn) longest = milliseconds(800);
  scheduler_.after(dice_.duration(milliseconds(1), longest), [this] { act(); });
}

void Caller::buy() {
  const std::string tool(dice_.pick(kTools));
  const std::string nonce = std::to_string(dice_.below(1'000'000'000));
  Attempt& attempt = new_attempt(tool, static_cast<int>(dice_.below(3)), nonce);
  send(attempt, manners(), dice_.one_in(2));
}

void Caller::use(std::size_t credential) {
  Attempt& attempt = show(credential, Attempt::Show::whole, !dice_.one_in(6));
  send(attempt, manners(), dice_.one_in(2));
}

void Caller::race(std::size_t credential) {
  const std::uint64_t ways = dice_.between(2, 4);
  for (std::uint64_t i = 0; i < ways; ++i) {
    Attempt& attempt = show(credential, Attempt::Show::whole, !dice_.one_in(4));
    send(attempt, manners(), true);
  }
}

/// A call that arrives about when the credential dies.
void Caller::probe_expiry(std::size_t credential) {
  const Duration left = purse_[credential].valid_until - world_.wall();
  if (left < Duration::zero() || left > seconds(120)) return use(credential);
  const Duration wait = left + dice_.duration(-milliseconds(200), milliseconds(900));
  scheduler_.after(std::max(wait, Duration{}), [this, credential] {
    if (settings_.actions > -1) use(credential);
  });
}

Attempt& Caller::new_attempt(const std::string& tool, int surface, std::string nonce) {
  records_.attempts.push_back(std::make_unique<Attempt>());
  Attempt& attempt = *records_.attempts.back();
  attempt.number = records_.attempts.size();
  attempt.caller = settings_.number;
  attempt.tool = tool;
  attempt.surface = surface;
  attempt.nonce = std::move(nonce);
  return attempt;
}

Attempt& Caller::show(std::size_t credential, Attempt::Show how, bool same_request) {
  Credential& shown = purse_[credential];
  std::string tool = shown.tool;
  if (how == Attempt::Show::wrong_tool) tool = shown.tool == "single" ? "counted" : "single";
  std::string nonce = shown.nonce;
  if (!same_request) nonce = std::to_string(dice_.below(1'000'000'000));
  Attempt& attempt = new_attempt(tool, shown.surface, nonce);
  attempt.show = how;
  attempt.hash = shown.hash;
  attempt.credential = credential;
  ++shown.shown;
  return attempt;
}

Attempt& Caller::claim(std::size_t credential) {
  Attempt& attempt = show(credential, Attempt::Show::whole, true);
  attempt.claim = true;
  send(attempt, {}, true);
  return attempt;
}

Caller::Manners Caller::manners() {
  Manners manners;
  manners.pipelined = dice_.one_in(5);
  if (!faults.hangups) return manners;
  switch (dice_.below(settings_.stubborn ? 3 : 8)) {
    case 0:
      manners.leave_after = dice_.duration(Duration{}, milliseconds(40));
      break;
    case 1:
      manners.leave_after = dice_.duration(Duration{}, seconds(2));
      break;
    case 2:
      manners.read_only = dice_.below(1200);
      break;
    case 3:
      manners.send_only = dice_.below(1500);
      break;
    case 4:
      manners.half_close = true;
      break;
    default:
      break;
  }
  return manners;
}

void Caller::send(Attempt& attempt, const Manners& manners, bool fresh_line) {
  CallerLine* line = nullptr;
  for (const auto& each : lines_) {
    const bool fits = manners.pipelined ? each->alive() : each->usable();
    if (!fresh_line && fits) line = each.get();
  }
  if (line == nullptr) {
    lines_.push_back(std::make_unique<CallerLine>(*this, lines_.size()));
    line = lines_.back().get();
    line->open(world_.dial_gate(settings_.address, *line));
  }
  const std::string request = request_of(attempt);
  attempt.wall_sent = world_.wall();
  attempt.back_steps = clock_.back_steps();
  ++open_;
  trace_.say("caller {} attempt {} {} n={} show={} surface={} hash={}", settings_.number,
             attempt.number, attempt.tool, attempt.nonce, int(attempt.show), attempt.surface,
             attempt.hash ? hex(attempt.hash->view().first(4)) : "-");
  line->ask(attempt, request, manners.send_only, manners.read_only, manners.half_close);
  if (manners.leave_after) {
    const bool abruptly = dice_.one_in(2);
    scheduler_.after(*manners.leave_after, [line, abruptly] { line->leave(abruptly); });
  }
  scheduler_.after(seconds(60), [line, &attempt] {
    if (!attempt.done) line->leave(true);
  });
}

std::string Caller::shown_value(const Attempt& attempt) {
  const Credential& credential = purse_[*attempt.credential];
  std::string macaroon = credential.macaroon;
  std::string preimage = credential.preimage;
  if (attempt.show == Attempt::Show::tampered) {
    std::string& part = dice_.one_in(2) ? macaroon : preimage;
    char& digit = part[dice_.below(part.size() - 4)];
    digit = digit == 'a' ? 'b' : 'a';
  }
  return macaroon + ":" + preimage;
}

std::string Caller::request_of(const Attempt& attempt) {
  std::string fields;
  std::string meta;
  if (attempt.surface == kModern) {
    meta = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
           R"("io.modelcontextprotocol/clientCapabilities":{})";
    fields = fmt::format(
        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {}\r\n",
        attempt.tool);
  } else if (attempt.surface == kLegacy) {
    fields = "MCP-Protocol-Version: 2025-11-25\r\n";
  }
  if (attempt.show != Attempt::Show::nothing) {
    const std::string value = shown_value(attempt);
    if (attempt.surface == kModern && dice_.one_in(3)) {
      meta += fmt::format(R"(,"tollhouse/l402":"{}")", value);
    } else {
      fields += "Authorization: L402 " + value + "\r\n";
    }
  }
  fields += fmt::format("X-Sim-Attempt: {}\r\n", attempt.number);
  const std::string arguments = fmt::format(R"({{"n":"{}"}})", attempt.nonce);
  std::string path = "/mcp";
  std::string body = arguments;
  if (attempt.surface == kRest) {
    path = "/tools/" + attempt.tool;
  } else {
    body = fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{}","arguments":{}{}}}}})",
        attempt.number, attempt.tool, arguments, meta.empty() ? "" : ",\"_meta\":{" + meta + "}");
  }
  std::string framing = fmt::format("Content-Length: {}", body.size());
  if (dice_.one_in(5)) {
    framing = "Transfer-Encoding: chunked";
    body = fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body);
  }
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Accept: application/json, text/event-stream\r\n{}{}\r\n\r\n{}",
      path, fields, framing, body);
}

void Caller::finished(Attempt& attempt) {
  --open_;
  trace_.say("caller {} attempt {} ends: {} {} {}{}", settings_.number, attempt.number,
             attempt.complete ? "whole" : "cut", attempt.status,
             cut_out(attempt.body, "\"code\":\"", '"').value_or(""),
             attempt.result ? " result" : "");
  world_.attempt_done(attempt);
  const bool challenged = attempt.complete && attempt.show == Attempt::Show::nothing &&
                          attempt.body.find("\"invoice\":\"") != std::string::npos;
  if (challenged) take_challenge(attempt);
}

void Caller::take_challenge(const Attempt& attempt) {
  const auto invoice = cut_out(attempt.body, "\"invoice\":\"", '"');
  const auto macaroon = cut_out(attempt.body, "\"macaroon\":\"", '"');
  if (!invoice || !macaroon || dice_.one_in(10)) return;
  scheduler_.after(dice_.duration(milliseconds(1), seconds(1)),
                   [this, &attempt, invoice = *invoice, macaroon = *macaroon] {
                     pay(attempt, invoice, macaroon, 5);
                   });
}

void Caller::pay(const Attempt& attempt, const std::string& invoice, const std::string& macaroon,
                 int tries) {
  const auto paid = world_.pay(invoice);
  if (!paid) {
    if (tries == 0) return;
    scheduler_.after(seconds(2),
                     [=, this, &attempt] { pay(attempt, invoice, macaroon, tries - 1); });
    return;
  }
  for (const Credential& known : purse_) {
    if (known.macaroon == macaroon) return;
  }
  Credential credential;
  credential.tool = attempt.tool;
  credential.macaroon = macaroon;
  credential.preimage = hex(paid->preimage.reveal());
  credential.hash = paid->payment_hash;
  credential.valid_until = end_of(macaroon);
  credential.address = settings_.address.client_class();
  credential.nonce = attempt.nonce;
  credential.surface = attempt.surface;
  records_.secrets.insert(credential.preimage);
  records_.bought[credential.hash] = {credential.tool, credential.valid_until};
  trace_.say("caller {} paid {} for {}", settings_.number, hex(credential.hash.view().first(4)),
             credential.tool);
  purse_.push_back(std::move(credential));
  if (settings_.actions > 0 && dice_.percent(70)) use(purse_.size() - 1);
}

}  // namespace tollhouse::sim
