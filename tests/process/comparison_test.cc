// tests/process: what docs/comparison.md says of payment and of work is what the program does
// (R-DOC-3).
#include <fstream>
#include <set>
#include <sstream>

#include "base/base64.h"
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

enum Column : std::uint8_t { kPayment = 1, kWork = 2 };

/// The page's table by the first cell of each row.
std::map<std::string, std::vector<std::string>> table() {
  std::ifstream page(std::string(TOLLHOUSE_SOURCE) + "/docs/comparison.md");
  std::map<std::string, std::vector<std::string>> rows;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| ")) continue;
    std::istringstream cells(line.substr(1));
    std::vector<std::string> row;
    for (std::string cell; std::getline(cells, cell, '|');) {
      const std::size_t begin = cell.find_first_not_of(' ');
      row.push_back(begin == std::string::npos
                        ? ""
                        : cell.substr(begin, cell.find_last_not_of(' ') + 1 - begin));
    }
    rows[row[0]] = {row.begin() + 1, row.end()};
  }
  return rows;
}

class Comparison : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};
  GateProcess gate{site};
  std::map<std::string, std::vector<std::string>> page = table();

  std::string said(const char* row, Column column) {
    const auto found = page.find(row);
    return found != page.end() && found->second.size() > column ? found->second[column] : "";
  }
  /// Charges, receipts and msat that the books have.
  std::vector<std::uint64_t> books() const {
    const Json report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    return {report.value("charges", std::uint64_t{999}),
            report.value("receipts", std::uint64_t{999}),
            report.value("grossMsat", std::uint64_t{999})};
  }
  using Books = std::vector<std::uint64_t>;
};

TEST_F(Comparison, R_DOC_3_PaymentIsAsThePageSays) {
  const HttpAnswer refused = gate.call("either.json");
  EXPECT_EQ(refused.status, 402);
  EXPECT_EQ(said("written for a refusal", kPayment), "nothing");
  EXPECT_EQ(books(), (Books{0, 0, 0}));

  // Nothing says who asks: account none, headless yes.
  EXPECT_EQ(said("account", kPayment), "none");
  EXPECT_EQ(said("headless", kPayment), "yes");
  EXPECT_EQ(said("wallet", kPayment), "needed");
  const Credential paid = gate.buy("either.json");
  EXPECT_EQ(gate.call("either.json", paid.authorization()).status, 200);
  EXPECT_EQ(said("revenue per call", kPayment), "the price");
  EXPECT_EQ(said("written for a call", kPayment), "one charge, one receipt");
  const HttpAnswer again = gate.call_settled(gate.request("either.json", paid.authorization()));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(books(), (Books{1, 1, 3000}));

  EXPECT_EQ(said("good again", kPayment), "as often as was bought");
  const Credential three = gate.buy("counted.json");
  const HttpRequest shown = gate.request("counted.json", three.authorization());
  for (int call = 0; call < 3; ++call) EXPECT_EQ(gate.call_settled(shown).status, 200);
  EXPECT_EQ(gate.call_settled(shown).status, 409);
}

TEST_F(Comparison, R_DOC_3_WorkIsAsThePageSays) {
  const Json offer = refusal_of(gate.call("either.json"))["pow"];
  EXPECT_EQ(said("written for a refusal", kWork), "nothing");
  EXPECT_EQ(books(), (Books{0, 0, 0}));

  // Neither a name nor a wallet: a number.
  EXPECT_EQ(said("account", kWork), "none");
  EXPECT_EQ(said("wallet", kWork), "none");
  EXPECT_EQ(said("headless", kWork), "yes");
  HttpRequest shown = gate.request("either.json");
  shown.fields.emplace_back("X-PoW-Solution", solved(offer));
  EXPECT_EQ(send_request(gate.port(), shown).status, 200);
  EXPECT_EQ(said("revenue per call", kWork), "none");
  EXPECT_EQ(said("written for a call", kWork), "nothing");
  EXPECT_EQ(books(), (Books{0, 0, 0}));
  EXPECT_EQ(said("good again", kWork), "never");
  EXPECT_EQ(send_request(gate.port(), shown).status, 409);
}

TEST_F(Comparison, R_DOC_3_WhatIsRememberedIsAsThePageSays) {
  EXPECT_EQ(said("remembered for it", kPayment), "what is spent, in the books");
  EXPECT_EQ(said("remembered for it", kWork), "what is used, until its challenge ends");
  const Credential paid = gate.buy("either.json");
  EXPECT_EQ(gate.call("either.json", paid.authorization()).status, 200);
  HttpRequest worked = gate.request("either.json");
  worked.fields.emplace_back("X-PoW-Solution", solved(refusal_of(gate.call("either.json"))["pow"]));
  EXPECT_EQ(send_request(gate.port(), worked).status, 200);
  EXPECT_EQ(gate.stop(), 0);
  const GateProcess next(site);
  EXPECT_EQ(next.call_settled(next.request("either.json", paid.authorization())).status, 409)
      << "the books outlive the program";
  const HttpAnswer after = send_request(next.port(), worked);
  EXPECT_EQ(after.status, 402) << "and a challenge ends with it";
  EXPECT_EQ(code_of(after), "pow_bad_mac");
}

TEST_F(Comparison, R_DOC_3_EveryRowIsHeldOrSaidNotToBe) {
  const std::set<std::string> held = {"account",
                                      "wallet",
                                      "headless",
                                      "revenue per call",
                                      "written for a refusal",
                                      "written for a call",
                                      "good again",
                                      "remembered for it"};
  const std::set<std::string> for_people = {"the caller gives", "who is kept out",
                                            "who is not kept out"};
  std::set<std::string> rows;
  for (const auto& [name, cells] : page) {
    if (!name.empty()) rows.insert(name);
  }
  std::set<std::string> all = held;
  all.insert(for_people.begin(), for_people.end());
  EXPECT_EQ(rows, all);
}

}  // namespace
}  // namespace tollhouse::test
