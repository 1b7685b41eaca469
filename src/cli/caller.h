// cli: what `tools`, `call` and `pay` share: the means of a caller, and how its troubles and steps
// are told.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/time.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "client/client.h"
#include "io/curl_errands.h"

namespace tollhouse::cli {

/// Tells the steps of a call on standard error: with -v every exchange, secrets shortened, else one
/// line for each thing that concerns money or work. With --json and without -v nothing.
class TerminalWitness final : public client::Witness {
 public:
  TerminalWitness(const Clock& clock, const Terminal& terminal, bool verbose)
      : clock_(clock),
        terminal_(terminal),
        verbose_(verbose),
        quiet_(terminal.json() && !verbose) {}

  void sent(std::string_view method, std::string_view url,
            const std::vector<dialogue::FieldLine>& fields, std::string_view body) override;
  void received(const dialogue::Reply& reply) override;
  void failed(io::ErrandFault fault) override;
  void asked(const dialogue::Offer& offer) override;
  void paid(const dialogue::Offer& offer, std::string_view wallet) override;
  void working(const pow::Puzzle& puzzle) override;
  void worked_on(const client::SolverProgress& progress) override;
  void worked(const client::Solved& solved) override;

 private:
  void show(std::string_view mark, const std::vector<dialogue::FieldLine>& fields,
            std::string_view body) const;

  const Clock& clock_;
  const Terminal& terminal_;
  bool verbose_;
  bool quiet_;
  std::optional<Progress> progress_;  ///< of the work under way
  std::size_t puzzles_ = 1;
};

/// Clock, curve and outgoing connections of one command.
class CallerMeans {
 public:
  CallerMeans(const Terminal& terminal, bool verbose);

  client::Surroundings surroundings();
  io::Errands& errands() { return errands_; }
  client::Witness& witness() { return witness_; }
  const Clock& clock() const { return clock_; }
  const crypto::Secp256k1& curve() const { return curve_; }

 private:
  SystemClock clock_;
  SystemRandom random_;
  crypto::Secp256k1 curve_;
  io::CurlErrands errands_;
  TerminalWitness witness_;
};

/// An address a caller may use: https, or http to this machine.
Result<http::Url, client::Trouble> caller_url(const std::string& text);

/// TOLLHOUSE_WALLET_KEY or the file of TOLLHOUSE_WALLET_KEY_FILE, and TOLLHOUSE_WALLET_TLS_CERT: a
/// secret never stands on a command line.
client::WalletCredential wallet_key(const Terminal& terminal);
/// --wallet, else TOLLHOUSE_WALLET; nothing where neither names one.
std::optional<std::string> wallet_name(const std::optional<std::string>& option,
                                       const Terminal& terminal);

/// Says what went wrong; a credential that is still worth something is kept in a file first.
int tell(const client::Trouble& trouble, const Terminal& terminal);

}  // namespace tollhouse::cli
