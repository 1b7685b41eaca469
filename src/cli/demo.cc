// cli: `demo`: sample server, gate and caller in one process, over real sockets and the same code
// as `serve`; then one tool called by each way to pay, from both sides.
#include "cli/demo.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/base64.h"
#include "base/format.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "cli/configuration.h"
#include "cli/running_gate.h"
#include "cli/sample_server.h"
#include "cli/serving.h"
#include "cli/version.h"
#include "client/client.h"
#include "dialogue/shown.h"
#include "io/curl_errands.h"
#include "io/signals.h"
#include "json/reader.h"
#include "json/writer.h"
#include "receipt/receipt.h"

namespace tollhouse::cli {
namespace {

constexpr std::string_view kTool = "web_search";
constexpr std::string_view kArguments = R"({"query":"toll houses"})";
constexpr std::uint64_t kLimitSats = 10;
constexpr std::uint8_t kWorkBits = 16;  ///< some milliseconds

/// A folder that goes when the demo goes.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tollhouse-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

gate::ToolRow row(std::string name, std::uint64_t sats) {
  gate::ToolRow made;
  made.title = name;
  made.name = std::move(name);
  made.id = "0f8fad5b-d9cb-469f-a165-7086772895" + std::to_string(10 + sats);
  made.terms.price = *Msat::of_sat(sats);
  return made;
}

/// What `serve --upstream` would do, with prices, in a folder of its own; nothing of the machine's
/// configuration is read.
Result<config::Settings, config::Rejection> demo_settings(const DemoOptions& options,
                                                          const io::Endpoint& upstream,
                                                          const std::filesystem::path& folder) {
  config::Request request;
  request.usual_files.clear();
  request.upstream = fmt::format("http://{}/mcp", upstream.text());
  const std::uint16_t port = options.port.value_or(options.once ? 0 : 8402);
  const bool any_port = options.once || options.port.has_value();
  request.sets = {fmt::format("listen=127.0.0.1:{}", port),
                  fmt::format("admin=127.0.0.1:{}", any_port ? 0 : 8403),
                  fmt::format("data_dir={}", (folder / "books").string()), "log.level=error"};
  auto loaded = config::load(request);
  if (!loaded) return refuse(std::move(loaded.error()));
  config::Settings settings = std::move(loaded->settings);
  gate::Route& route = settings.policy.routes.front();
  route.rows = {row(std::string(kTool), 3), row("echo", 1), row("status", 0)};
  route.rows.front().terms.work = gate::WorkTerms{.bits = kWorkBits};
  route.index_rows();
  return settings;
}

/// What went over the wire for a call that was opened, fit to be shown.
struct Seen {
  std::string sent = {};
  std::string got = {};
};

/// Prints the steps of the walk, for people or as JSON lines.
class Walk {
 public:
  Walk(const Terminal& terminal, bool json) : terminal_(terminal), json_(json) {}

  void step(std::string_view what, std::string_view outcome, std::string_view detail,
            const Seen& seen = {}) {
    ++number_;
    if (json_) return step_as_json(what, outcome, detail, seen);
    terminal_.line(fmt::format("{} {:<22} {:<4} {}", number_, what, outcome, detail));
    if (!seen.sent.empty()) terminal_.line(fmt::format("    sent  {}", seen.sent));
    if (!seen.got.empty()) terminal_.line(fmt::format("    got   {}", seen.got));
  }
  int failed(const client::Trouble& trouble) const {
    return terminal_.fail({Exit::no, trouble.code, trouble.message, trouble.cure});
  }
  int failed(std::string_view code, std::string_view message) const {
    return terminal_.fail({Exit::no, std::string(code), std::string(message), {}});
  }

 private:
  void step_as_json(std::string_view what, std::string_view outcome, std::string_view detail,
                    const Seen& seen) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object()
        .member("step", number_)
        .member("what", what)
        .member("outcome", outcome)
        .member("detail", detail);
    if (!seen.sent.empty()) writer.member("sent", seen.sent);
    if (!seen.got.empty()) writer.member("got", seen.got);
    writer.end_object();
    terminal_.line(line);
  }

  const Terminal& terminal_;
  bool json_;
  std::uint32_t number_ = 0;
};

/// Keeps of the last exchange what opened the call and what was said of it.
class DemoWitness final : public client::Witness {
 public:
  void sent(std::string_view, std::string_view, const std::vector<dialogue::FieldLine>& fields,
            std::string_view) override {
    seen_ = {};
    for (const dialogue::FieldLine& field : fields) {
      for (const std::string_view name : {"Authorization", "PAYMENT-SIGNATURE", "X-PoW-Solution"}) {
        if (field.name == name) seen_.sent = dialogue::shown_field(field.name, field.value);
      }
    }
  }
  void received(const dialogue::Reply& reply) override {
    for (const std::string_view name : {"PAYMENT-RESPONSE", "X-Payment-Receipt"}) {
      const auto value = reply.find(name);
      if (!value || !seen_.got.empty()) continue;
      const auto text = bytes_from_any_base64(*value);
      seen_.got = text && name == "PAYMENT-RESPONSE"
                      ? fmt::format("{}: {}", name, dialogue::shown_body(text_of(*text)))
                      : dialogue::shown_field(name, *value);
    }
  }
  const Seen& seen() const { return seen_; }

 private:
  Seen seen_;
};

/// The caller's side: everything through the client room, as any caller would.
class Caller {
 public:
  Caller(const http::Url& gate, io::Errands& errands, const Clock& clock, Random& random)
      : gate_(gate), errands_(errands), clock_(clock), curve_(random) {}

  Result<client::CallOutcome, client::Trouble> call(std::optional<std::string> credential) {
    client::Settings settings;
    settings.pay = false;
    settings.credential = std::move(credential);
    return call_with(std::move(settings));
  }
  /// All of it: asked, paid, shown.
  Result<client::CallOutcome, client::Trouble> call_by_x402() {
    client::Settings settings;
    settings.rail = dialogue::Rail::x402;
    settings.work = client::WorkUse::beside;
    return call_with(std::move(settings));
  }
  Result<client::CallOutcome, client::Trouble> call_by_work() {
    client::Settings settings;
    settings.work = client::WorkUse::only;
    return call_with(std::move(settings));
  }
  Result<Preimage, client::Trouble> pay(const dialogue::Offer& offer) {
    client::SimulatedGateWallet wallet(errands_, witness_, gate_.origin());
    return wallet.pay(offer.invoice_text, offer.invoice.payment_hash);
  }
  const Seen& seen() const { return witness_.seen(); }

 private:
  Result<client::CallOutcome, client::Trouble> call_with(client::Settings settings) {
    settings.gate = gate_;
    settings.speaker.version = version();
    settings.limit = *Msat::of_sat(kLimitSats);
    client::Client client({errands_, clock_, curve_, witness_}, std::move(settings), nullptr);
    if (auto connected = client.connect(); !connected) return refuse(connected.error());
    return client.call(kTool, kArguments);
  }

  http::Url gate_;
  io::Errands& errands_;
  const Clock& clock_;
  crypto::Secp256k1 curve_;
  DemoWitness witness_;
};

std::string shortened(std::string_view text, std::size_t characters) {
  return std::string(text.substr(0, characters)) + "…";
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

int verify_step(Walk& walk, const std::string& envelope, const Secret& key) {
  const receipt::Key signer(key.reveal());
  const auto verified = receipt::verify(envelope, std::span(&signer, 1));
  if (!verified) return walk.failed("receipt", "the receipt does not verify");
  const auto* id = verified->find("receiptId");
  walk.step("verify-receipt", "ok",
            fmt::format("{}, HMAC-SHA256, key {}", id != nullptr ? id->text.value_or("") : "",
                        verified->key_id));
  return exit_with(Exit::done);
}

std::string answer_line(const dialogue::Answered& answered) {
  return one_line(dialogue::for_terminal(dialogue::readable_result(answered.result)));
}

/// By hand: refused, paid, shown, the receipt checked, and shown once more.
int walk_by_l402(Caller& caller, const Secret& receipt_key, Walk& walk) {
  const auto first = caller.call(std::nullopt);
  if (!first) return walk.failed(first.error());
  if (!first->offer) return walk.failed("no_challenge", "the first call was not refused");
  const dialogue::Offer& offer = *first->offer;
  walk.step(fmt::format("call {}", kTool), "402",
            fmt::format("refused; offered: {} by L402 or x402, {}; or {} bits of work",
                        to_text(offer.price), shortened(offer.invoice_text, 16), kWorkBits));
  const auto preimage = caller.pay(offer);
  if (!preimage) return walk.failed(preimage.error());
  walk.step("pay", "ok", fmt::format("preimage {}", shortened(hex(preimage->reveal()), 4)));

  const std::string credential = dialogue::authorization_of(offer, *preimage);
  const auto paid = caller.call(credential);
  if (!paid) return walk.failed(paid.error());
  if (!paid->answered) return walk.failed("not_answered", "the paid call was not answered");
  walk.step("call by l402", "200", answer_line(*paid->answered), caller.seen());
  if (!paid->answered->receipt) return walk.failed("no_receipt", "the answer has no receipt");
  const int verified = verify_step(walk, *paid->answered->receipt, receipt_key);
  if (verified != exit_with(Exit::done)) return verified;

  const auto again = caller.call(credential);
  const bool refused = !again && again.error().code == "replay";
  if (!refused) return walk.failed("second_use", "the second use was not refused");
  walk.step("same payment again", "409", fmt::format("refused: {}", again.error().code));
  return exit_with(Exit::done);
}

/// The same tool by the other ways, each in one go.
int walk_by_the_others(Caller& caller, Walk& walk) {
  const auto paid = caller.call_by_x402();
  if (!paid) return walk.failed(paid.error());
  const bool by_x402 = paid->answered && paid->paid && paid->paid->rail == dialogue::Rail::x402;
  if (!by_x402) return walk.failed("not_answered", "the call paid by x402 was not answered");
  walk.step("call by x402", "200", answer_line(*paid->answered), caller.seen());

  const auto worked = caller.call_by_work();
  if (!worked) return walk.failed(worked.error());
  const bool by_work = worked->answered && worked->worked && !worked->paid;
  if (!by_work) return walk.failed("not_answered", "the call worked for was not answered");
  Seen seen = caller.seen();
  if (seen.got.empty()) {
    seen.got =
        fmt::format("an answer for {} hashes, no charge and no receipt", worked->worked->hashes);
  }
  walk.step("call by work", "200", answer_line(*worked->answered), seen);
  return exit_with(Exit::done);
}

int walk_through(Caller& caller, const Secret& receipt_key, Walk& walk) {
  const int by_l402 = walk_by_l402(caller, receipt_key, walk);
  return by_l402 == exit_with(Exit::done) ? walk_by_the_others(caller, walk) : by_l402;
}

void print_start(const RunningGate& gate, const Terminal& terminal, bool json) {
  if (json) return;
  terminal.line(
      fmt::format("Tollhouse {}   demo: simulated wallet, nothing here costs money", version()));
  const std::string admin =
      gate.admin()
          ? fmt::format("    metrics http://{}/metrics (this machine only)", gate.admin()->text())
          : "";
  terminal.line(
      fmt::format("  gate       http://{}/mcp{}", gate.listening().front().text(), admin));
  terminal.line(fmt::format(
      "  tools      web_search 3 sat, or {} bits of work · echo 1 sat · status free", kWorkBits));
}

int start_refused(const GateFailure& failure, const Terminal& terminal) {
  const std::string cure =
      failure.code == "listen" ? "tollhouse demo --port 0 takes any free port" : failure.cure;
  return terminal.fail({failure.exit, failure.code, failure.message, cure});
}

}  // namespace

int run_demo(const DemoOptions& options, Terminal& terminal) {
  io::block_signals();
  const SystemClock clock;
  const Tick began = clock.tick();
  const TemporaryFolder folder;
  auto server = SampleServer::start();
  if (folder.path().empty() || !server) {
    return terminal.fail({Exit::cannot_start, "demo", "no temporary folder or loopback port", {}});
  }
  const auto settings = demo_settings(options, (*server)->address(), folder.path());
  if (!settings) return tell(settings.error(), terminal);
  auto gate = RunningGate::start(*settings);
  if (!gate) return start_refused(gate.error(), terminal);
  print_start(**gate, terminal, options.json);
  const auto ready =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.tick() - began).count();

  Walk walk(terminal, options.json);
  const auto url =
      http::parse_url(fmt::format("http://{}/mcp", (*gate)->listening().front().text()));
  int code = exit_with(Exit::no);
  {
    SystemRandom random;
    io::CurlErrands errands;
    Caller caller(*url, errands, clock, random);
    code = walk_through(caller, (*gate)->receipt_key(), walk);
  }
  if (options.once || code != exit_with(Exit::done)) {
    (*gate)->drain();
    return code;
  }
  terminal.note(
      fmt::format("ready in {} ms. Try: tollhouse call {} echo text=hello -v · Ctrl-C stops and "
                  "removes everything.",
                  ready, url->text()));
  return wait_for_end(**gate, terminal);
}

}  // namespace tollhouse::cli
