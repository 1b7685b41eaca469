// ledger: the receipt against its row.
#include "ledger/receipt_check.h"

#include "base/hex.h"

namespace tollhouse::ledger {
namespace {

bool says(const receipt::Verified& receipt, std::string_view name, std::string_view text) {
  const receipt::Field* field = receipt.find(name);
  return field != nullptr && field->text == text;
}

bool says_number(const receipt::Verified& receipt, std::string_view name, std::uint64_t number) {
  const receipt::Field* field = receipt.find(name);
  return field != nullptr && field->json == std::to_string(number);
}

std::optional<std::string> difference(const receipt::Verified& receipt, const Charge& charge) {
  if (!says(receipt, "receiptId", charge.receipt_id)) return "receipt_id_differs";
  if (!says(receipt, "revenueEventId", to_text(charge.id))) return "event_differs";
  if (!says(receipt, "status", to_text(charge.status))) return "status_differs";
  if (!says_number(receipt, "grossSats", charge.gross.sat())) return "amount_differs";
  if (!says_number(receipt, "platformFeeSats", charge.fee.sat())) return "fee_differs";
  const bool names_payment = receipt.find("x_paymentHash") != nullptr;
  if (!names_payment) return std::nullopt;
  const std::string payment = charge.payment_hash ? hex(charge.payment_hash->view()) : "";
  if (!says(receipt, "x_paymentHash", payment)) return "payment_hash_differs";
  return std::nullopt;
}

}  // namespace

ReceiptCheck receipt_check(std::vector<receipt::Key> keys) {
  return [keys = std::move(keys)](const Charge& charge) -> std::optional<std::string> {
    const auto verified = receipt::verify(charge.receipt, keys);
    if (!verified) {
      return std::string(row_of(receipt::kReasons, verified.error()).token);
    }
    return difference(*verified, charge);
  };
}

}  // namespace tollhouse::ledger
