// tests/bolt: the published invoices and those made for this project. Goal: every value, every
// refusal and every byte of what is signed again is as the vectors say.
#include <nlohmann/json.hpp>

#include "bolt/issued.h"
#include "crypto/sha256.h"
#include "support.h"
#include "support/vectors.h"

namespace tollhouse::bolt {
namespace {

using Json = nlohmann::json;
using test::curve;
using test::published_key;
using test::token;

std::vector<Json> rows_of(bool valid) {
  std::vector<Json> rows;
  const Json published = Json::parse(tollhouse::test::vector_file("bolt11.json"));
  for (const Json& row : published[valid ? "valid" : "invalid"]) rows.push_back(row);
  const Json extra = Json::parse(tollhouse::test::vector_file("bolt11-extra.json"));
  for (const Json& row : extra["vectors"]) {
    if (row["valid"].get<bool>() == valid) rows.push_back(row);
  }
  return rows;
}

/// Null and absent are the same; the two files name some values differently.
Json value(const Json& expect, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (expect.contains(name)) return expect[name];
  }
  return nullptr;
}

Json optional_hex(bool present, ByteView bytes) {
  return present ? Json(hex(bytes)) : Json(nullptr);
}

bool stands(const Invoice& invoice, FieldType type) {
  return std::any_of(invoice.order.begin(), invoice.order.end(), [type](const Field& field) {
    return field.type == type && !field.skipped_words;
  });
}

Json fallbacks_of(const Invoice& invoice) {
  Json rows = Json::array();
  for (const Fallback& fallback : invoice.fallbacks) {
    rows.push_back({{"version", fallback.version}, {"program", hex(fallback.program)}});
  }
  return rows;
}

Json routes_of(const Invoice& invoice) {
  Json routes = Json::array();
  for (const Route& route : invoice.routes) {
    Json hops = Json::array();
    for (const RouteHop& hop : route) {
      hops.push_back({{"pubkey", hex(hop.node.bytes)},
                      {"short_channel_id", to_text(hop.channel)},
                      {"fee_base_msat", hop.base_fee.count()},
                      {"fee_proportional_millionths", hop.proportional_fee_millionths},
                      {"cltv_expiry_delta", hop.cltv_expiry_delta}});
    }
    routes.push_back(hops);
  }
  return routes;
}

Json order_of(const Invoice& invoice, bool skipped_only) {
  Json rows = Json::array();
  for (const Field& field : invoice.order) {
    if (skipped_only && !field.skipped_words) continue;
    rows.push_back({{"tag", std::string(1, letter_of(field.type))}, {"length", field.word_count}});
  }
  return rows;
}

void expect_payment(const Invoice& invoice, const Json& expect) {
  EXPECT_EQ(currency_of(invoice.network), expect["currency"].get<std::string>());
  const Json amount = value(expect, {"amount_msat"});
  EXPECT_EQ(invoice.amount ? Json(invoice.amount->count()) : Json(nullptr), amount);
  EXPECT_EQ(unix_seconds(invoice.timestamp), expect["timestamp"].get<std::int64_t>());
  EXPECT_EQ(hex(invoice.payment_hash.bytes), expect["payment_hash"].get<std::string>());
  EXPECT_EQ(hex(invoice.payment_secret.bytes), expect["payment_secret"].get<std::string>());
}

void expect_description(const Invoice& invoice, const Json& expect) {
  const auto* text = std::get_if<std::string>(&invoice.description);
  const auto* hash = std::get_if<DescriptionHash>(&invoice.description);
  EXPECT_EQ(text != nullptr ? Json(*text) : Json(nullptr), value(expect, {"description"}));
  EXPECT_EQ(hash != nullptr ? Json(hex(hash->bytes)) : Json(nullptr),
            value(expect, {"description_hash"}));
  EXPECT_EQ(optional_hex(invoice.metadata.has_value(), invoice.metadata.value_or(Bytes{})),
            value(expect, {"metadata"}));
}

void expect_terms(const Invoice& invoice, const Json& expect) {
  const Json expiry = value(expect, {"expiry_seconds", "expiry"});
  EXPECT_EQ(stands(invoice, FieldType::expiry), !expiry.is_null());
  EXPECT_EQ(invoice.expiry / std::chrono::seconds(1),
            expiry.is_null() ? 3600 : expiry.get<std::int64_t>());
  const Json cltv = value(expect, {"min_final_cltv_expiry_delta", "min_final_cltv"});
  EXPECT_EQ(stands(invoice, FieldType::min_final_cltv), !cltv.is_null());
  EXPECT_EQ(invoice.min_final_cltv_expiry_delta, cltv.is_null() ? 18 : cltv.get<std::uint64_t>());
  const Json features = value(expect, {"feature_bits", "features"});
  EXPECT_EQ(Json(invoice.features), features.is_null() ? Json::array() : features);
  EXPECT_EQ(routes_of(invoice), expect["routes"]);
  Json fallbacks = expect["fallbacks"];
  for (Json& fallback : fallbacks) fallback.erase("address");
  EXPECT_EQ(fallbacks_of(invoice), fallbacks);
}

void expect_signature(const Invoice& invoice, const Json& expect) {
  EXPECT_EQ(hex(invoice.payee.bytes), expect["payee"].get<std::string>());
  EXPECT_EQ(invoice.names_payee, expect["payee_source"] == "n_field");
  EXPECT_EQ(curve().has_low_s(invoice.signature.signature), expect["low_s"].get<bool>());
  if (!expect.contains("signing_hash")) return;
  EXPECT_EQ(hex(invoice.signing_digest.bytes), expect["signing_hash"].get<std::string>());
  const Bytes data = *bytes_from_hex(expect["signing_data"].get<std::string>());
  EXPECT_EQ(crypto::sha256(data), invoice.signing_digest);
  EXPECT_EQ(hex(invoice.signature.signature), expect["signature_rs"].get<std::string>());
  EXPECT_EQ(invoice.signature.recovery_id, expect["recovery_id"].get<int>());
  EXPECT_EQ(order_of(invoice, false), expect["field_order"]);
  EXPECT_EQ(order_of(invoice, true), expect["ignored_fields"]);
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

DecodeOptions options_of(const Json& row) {
  DecodeOptions options;
  if (row["id"] == "net-simnet") options.network = Network::simnet;
  if (row.contains("strict_result")) options.strictness = Strictness::lenient;
  return options;
}

TEST(Bolt11Vectors, EveryValueOfTheGoodOnes) {
  for (const Json& row : rows_of(true)) {
    SCOPED_TRACE(row["id"].get<std::string>());
    const auto invoice = decode(row["invoice"].get<std::string>(), curve(), options_of(row));
    ASSERT_TRUE(invoice) << token(invoice);
    const Json& expect = row["expect"];
    if (row["id"] == "net-simnet") {  // the vector names the prefix and the amount only
      EXPECT_EQ(invoice->amount->count(), expect["amount_msat"].get<std::uint64_t>());
      continue;
    }
    expect_payment(*invoice, expect);
    expect_description(*invoice, expect);
    expect_terms(*invoice, expect);
    expect_signature(*invoice, expect);
  }
}

TEST(Bolt11Vectors, StrictRefusesWhereItSaysSo) {
  int seen = 0;
  for (const Json& row : rows_of(true)) {
    if (!row.contains("strict_result")) continue;
    const auto invoice = decode(row["invoice"].get<std::string>(), curve());
    EXPECT_EQ(token(invoice), row["strict_error"].get<std::string>()) << row["id"];
    ++seen;
  }
  EXPECT_EQ(seen, 2);
}

TEST(Bolt11Vectors, SimnetOnlyWhereItIsNamed) {
  for (const Json& row : rows_of(true)) {
    if (row["id"] != "net-simnet") continue;
    EXPECT_EQ(token(decode(row["invoice"].get<std::string>(), curve())), "unknown_network");
  }
}

TEST(Bolt11Vectors, TheClassOfEveryBadOne) {
  for (const Json& row : rows_of(false)) {
    const auto invoice = decode(row["invoice"].get<std::string>(), curve());
    EXPECT_EQ(token(invoice), row["error"].get<std::string>()) << row["id"];
  }
}

TEST(Bolt11Vectors, LenientReadersStillMissWhatIsMissing) {
  for (const Json& row : rows_of(false)) {
    const auto invoice = decode(row["invoice"].get<std::string>(), curve(),
                                {.network = {}, .strictness = Strictness::lenient});
    if (row["id"] == "payment-hash-wrong-length-only")
      EXPECT_EQ(token(invoice), "missing_payment_hash");
    if (row["id"] == "secret-wrong-length-only")
      EXPECT_EQ(token(invoice), "missing_payment_secret");
    if (row["id"] == "n-wrong-length") EXPECT_EQ(token(invoice), "accepted");
    if (row["id"] == "non-zero-padding-in-hash") EXPECT_EQ(token(invoice), "accepted");
    if (row["id"] == "amount-leading-zero") EXPECT_EQ(token(invoice), "accepted");
  }
}

TEST(Bolt11Vectors, SignedAgainTheyAreTheSame) {
  int seen = 0;
  for (const Json& row : rows_of(true)) {
    SCOPED_TRACE(row["id"].get<std::string>());
    const auto text = lower_case(row["invoice"].get<std::string>());
    const auto invoice = decode(text, curve(), options_of(row));
    ASSERT_TRUE(invoice);
    const bool published_order = row.value("deterministic_with_private_key", true);
    const Json amount = value(row["expect"], {"amount_text"});
    const bool shortest = amount.is_null() || amount == amount_text(*invoice->amount);
    const std::string signer = "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad";
    if (!published_order || !shortest || hex(invoice->payee.bytes) != signer) continue;
    if (!curve().has_low_s(invoice->signature.signature) ||
        row["id"] == "duplicate-payment-hash-first-wins")
      continue;
    EXPECT_EQ(encode_and_sign(*invoice, published_key(), curve()), text);
    ++seen;
  }
  EXPECT_GE(seen, 35);
}

TEST(Bolt11Vectors, TheLongDescriptionFitsItsHash) {
  for (const Json& row : rows_of(true)) {
    if (!row.contains("description_preimage")) continue;
    const auto invoice = decode(row["invoice"].get<std::string>(), curve());
    ASSERT_TRUE(invoice);
    const auto text = row["description_preimage"].get<std::string>();
    EXPECT_TRUE(check_description(*invoice, text));
    EXPECT_EQ(check_description(*invoice, text + ".").error(), Reason::description_hash_mismatch);
  }
}

TEST(Bolt11Vectors, AnIssuedInvoiceReadsAsItWasDecoded) {
  int seen = 0;
  for (const Json& row : rows_of(true)) {
    const auto text = lower_case(row["invoice"].get<std::string>());
    const auto invoice = decode(text, curve());
    if (!invoice) continue;
    SCOPED_TRACE(text);
    const auto issued = read_issued(text);
    ASSERT_TRUE(issued);
    const IssuedInvoice wanted = issued_of(*invoice);
    EXPECT_EQ(issued->network, wanted.network);
    EXPECT_EQ(issued->amount, wanted.amount);
    EXPECT_EQ(issued->timestamp, wanted.timestamp);
    EXPECT_EQ(issued->payment_hash, wanted.payment_hash);
    EXPECT_EQ(issued->description_hash, wanted.description_hash);
    EXPECT_EQ(expires_at(*issued), expires_at(*invoice));
    ++seen;
  }
  EXPECT_GE(seen, 30);
  for (const char* const none : {"", "lnbc", "lnbc1", "lnbc1qqqqqq", "1", "LNBC1PVJLUEZ"}) {
    EXPECT_FALSE(read_issued(none)) << none;
  }
}

}  // namespace
}  // namespace tollhouse::bolt
