// bench: the pure parts of a call, each against what it cannot do without: an L402 credential with
// three caveats against its bare SHA-256 blocks, the ingress reading of a 1 KiB call, an x402
// payment of profile P2, junk and good solutions of work, a solver against its kernel alone.
// Medians of rounds that alternate; prints one JSON line per figure and a row for the table.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/base64.h"
#include "base/hex.h"
#include "base/random.h"
#include "bolt/bolt11.h"
#include "crypto/sha256.h"
#include "json/reader.h"
#include "l402/challenge.h"
#include "l402/verify.h"
#include "mcp/ingress.h"
#include "pow/search.h"
#include "pow/verify.h"
#include "x402/binding.h"
#include "x402/pay.h"
#include "x402/verify_lnbtc.h"

namespace {

using namespace tollhouse;

constexpr int kRounds = 41;
constexpr int kCalls = 2000;
/// Of a pass with three caveats (l402/verify.h).
constexpr int kBlocks = 23;

/// CPU time, not the wall's: a neighbour that takes the core is not the code's cost.
double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Work>
double nanoseconds_each(Work work) {
  const double began = cpu_nanoseconds();
  for (int i = 0; i < kCalls; ++i) work();
  return (cpu_nanoseconds() - began) / kCalls;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

struct Pass {
  l402::RootKeys keys;
  l402::Credential credential;
  Time now = time_from_unix(1'800'000'000);

  Pass() {
    SystemRandom random;
    Bytes master(32);
    random.fill(master);
    keys.add(1, master);
    Preimage preimage;
    random.fill(preimage.bytes);
    const std::string_view tool = "web_search";
    l402::Sale sale;
    sale.payment_hash = PaymentHash::from(crypto::sha256(preimage.reveal()).view());
    sale.price = *Msat::of_sat(5);
    sale.minted = now;
    sale.terms.service = "mcp";
    sale.terms.capabilities = std::span(&tool, 1);
    sale.terms.uses = std::nullopt;
    const auto token = l402::mint(sale, keys, random);
    if (!token || !credential.assign(*token, preimage)) std::abort();
  }
  void verify() const {
    l402::Target target;
    target.service = "mcp";
    target.capability = "web_search";
    target.method = "tools/call";
    if (!l402::verify(credential, keys, target, now)) std::abort();
  }
};

std::string call_of_one_kibibyte() {
  std::string body =
      R"({"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"web_search",)"
      R"("arguments":{"query":")";
  const std::string end = R"(","limit":10,"language":"en"}}})";
  while (body.size() + end.size() < 1024) body += "toll houses of the world, ";
  body.resize(1024 - end.size());
  return body + end;
}

/// An offer of profile P2 for a small call, and the payment for it as a header carries it.
struct PaidCall {
  static constexpr std::string_view kServer = "https://gate.example/mcp";
  static constexpr std::string_view kTool = "web_search";
  static constexpr std::string_view kArguments = R"({"query":"toll houses","limit":10})";

  SystemRandom random;
  crypto::Secp256k1 curve{random};
  x402::SealKeys keys{key_ring()};
  Time now = time_from_unix(1'800'000'000);
  x402::Offer offer;
  std::string header;

  explicit PaidCall(bool sealed) {
    crypto::NodeKey node;
    Preimage preimage;
    random.fill(node.bytes);
    random.fill(preimage.bytes);
    offer.profile = x402::Profile::lnbtc;
    offer.amount = *Msat::of_sat(5);
    offer.pay_to = hex(curve.public_key(node).view());
    offer.binding = bind();
    offer.invoice = invoice_for(preimage, node);
    if (sealed) offer.seal = keys.seal_invoice(offer.pay_to, offer.invoice);
    header = x402::header_value(x402::payment_for(offer, {}, &preimage));
  }
  static std::vector<Digest> key_ring() { return {crypto::sha256(bytes_of("key"))}; }
  x402::Binding bind() const {
    json::Document workspace;
    return x402::bind_mcp({kServer, {}, kTool, kArguments, {}}, workspace).value();
  }
  std::string invoice_for(const Preimage& preimage, const crypto::NodeKey& node) {
    bolt::InvoiceRequest request;
    request.amount = offer.amount;
    request.timestamp = now;
    request.expiry = offer.max_timeout;
    request.payment_hash = PaymentHash::from(crypto::sha256(preimage.reveal()).view());
    random.fill(request.payment_secret.bytes);
    request.description = bolt::DescriptionHash::from(offer.binding->request_hash.view());
    return bolt::encode_and_sign(request, node, curve);
  }
  void verify(const x402::Payment& payment) const {
    if (!x402::verify_lnbtc(payment, {&offer}, &keys, curve, now)) std::abort();
  }
};

void report(const char* figure, double value, const char* unit, double must) {
  std::printf(
      "{\"figure\": \"%s\", \"median\": %.3f, \"unit\": \"%s\", \"must\": %.2f, \"rounds\": %d}\n",
      figure, value, unit, must, kRounds);
  std::printf("| %s | %.2f %s | %.2f |\n", figure, value, unit, must);
}

void bench_verification() {
  const Pass pass;
  SHA256_CTX context;
  SHA256_Init(&context);
  const unsigned char block[64] = {1};
  std::vector<double> verified, ratios;
  for (int round = 0; round < kRounds; ++round) {
    const double verify = nanoseconds_each([&] { pass.verify(); });
    const double blocks = nanoseconds_each([&] {
      for (int i = 0; i < kBlocks; ++i) SHA256_Transform(&context, block);
    });
    verified.push_back(verify);
    ratios.push_back(verify / blocks);
  }
  report("L402 verification, three caveats, against its 23 bare SHA-256 blocks", median(ratios),
         "times", 1.3);
  std::printf("| the same, absolute | %.0f ns | |\n", median(verified));
}

void bench_ingress() {
  const std::string body = call_of_one_kibibyte();
  mcp::RoutingHeaders headers;
  headers.see("Content-Type", "application/json");
  headers.see("MCP-Protocol-Version", "2025-11-25");
  json::Document workspace(1);
  std::vector<double> read;
  for (int round = 0; round < kRounds; ++round) {
    read.push_back(nanoseconds_each([&] {
      if (!mcp::read_message(headers, body, {}, workspace)) std::abort();
    }));
  }
  report("ingress reading of a 1 KiB call", median(read) / 1000, "us", 5);
}

double payment_nanoseconds(const PaidCall& call) {
  x402::Payment payment;
  if (!payment.read({x402::PaymentText::Form::base64, call.header})) std::abort();
  return nanoseconds_each([&] { call.verify(payment); });
}

void bench_payment() {
  const PaidCall sealed(true);
  const PaidCall bare(false);
  x402::Payment payment;
  std::vector<double> verified, recovered, whole;
  for (int round = 0; round < kRounds; ++round) {
    verified.push_back(payment_nanoseconds(sealed));
    recovered.push_back(payment_nanoseconds(bare));
    whole.push_back(nanoseconds_each([&] {
      if (!payment.read({x402::PaymentText::Form::base64, sealed.header})) std::abort();
      if (sealed.bind().request_hash != sealed.offer.binding->request_hash) std::abort();
      sealed.verify(payment);
    }));
  }
  report("x402 P2 verification", median(verified) / 1000, "us", 3);
  std::printf("| the same with reading the header and binding the call | %.2f us | |\n",
              median(whole) / 1000);
  std::printf(
      "| the same with recovering the signature of the invoice, which no seal covers "
      "| %.1f us | |\n",
      median(recovered) / 1000);
}

/// A challenge of eight sub-puzzles, solved, and the same with one bit of its MAC turned.
struct Work {
  pow::Keys keys;
  pow::Target target;
  Time now = time_from_unix(1'800'000'000);
  std::string good;
  std::string junk;

  Work() {
    SystemRandom random;
    Bytes master(32);
    random.fill(master);
    keys.add(1, master);
    pow::Terms terms;
    terms.bits = 8;
    terms.ttl = std::chrono::seconds(60);
    terms.binding.client = "ip:203.0.113.7/32";
    terms.binding.route = "tools/call:web_search";
    target.bits_min = 8;
    target.binding = terms.binding;
    const pow::Issued issued = pow::issue(terms, keys, now, random);
    const auto found = pow::search(issued.text, terms.bits, pow::Kernel::scalar, 1'000'000);
    if (!found) std::abort();
    good = pow::solution_value({issued.text, found->nonce});
    junk = good;
    char& turned = junk[good.find(',') - 2];
    turned = turned == 'A' ? 'B' : 'A';
  }
  bool verify(const std::string& header) const {
    const auto solution = pow::read_solution(header);
    return solution && pow::verify(*solution, keys, target, now);
  }
};

void bench_work() {
  const Work work;
  std::vector<double> junk, good;
  junk.reserve(kRounds);
  good.reserve(kRounds);
  for (int round = 0; round < kRounds; ++round) {
    junk.push_back(nanoseconds_each([&] {
      if (work.verify(work.junk)) std::abort();
    }));
    good.push_back(nanoseconds_each([&] {
      if (!work.verify(work.good)) std::abort();
    }));
  }
  report("a junk solution of work, refused", median(junk) / 1000, "us", 1);
  report("a good solution of work, without the store", median(good) / 1000, "us", 1.5);
}

/// One core: a search that finds nothing against a loop over the same kernel.
void bench_solver() {
  constexpr int kBatches = 40;
  pow::Block block;
  block.before = pow::kInitialValue;
  block.varying = 3;
  for (const pow::Kernel kernel : pow::kKernels) {
    if (!pow::runs_here(kernel)) continue;
    std::vector<double> ratios, rates;
    ratios.reserve(kRounds);
    rates.reserve(kRounds);
    for (int round = 0; round < kRounds; ++round) {
      pow::Search search(std::string(64, 'p'), 64);
      const double began = cpu_nanoseconds();
      for (int i = 0; i < kBatches; ++i) {
        if (search.step(kernel)) std::abort();
      }
      const double middle = cpu_nanoseconds();
      for (std::uint32_t i = 0; i < kBatches; ++i) {
        block.words[2] = i;
        if (pow::first_hit(kernel, block, 0) != pow::kBatch) std::abort();
      }
      const double bare = cpu_nanoseconds() - middle;
      ratios.push_back(bare / (middle - began));
      rates.push_back(kBatches * pow::kBatch / (middle - began) * 1000);
    }
    const std::string name(pow::name_of(kernel));
    report(("solver with " + name + " against its kernel alone").c_str(), median(ratios), "times",
           0.9);
    std::printf("| the same, absolute | %.1f MH/s | |\n", median(rates));
  }
}

}  // namespace

int main() {
  bench_verification();
  bench_ingress();
  bench_payment();
  bench_work();
  bench_solver();
}
