// dialogue: why a caller does not pay an offer, does not accept an answer or a preimage, or cannot
// make a request of what was typed.
#pragma once
#include <cstdint>

#include "base/reason.h"

namespace tollhouse::dialogue {

/// In order of checking: the arguments, then the offer, then what the wallet gave.
enum class Reason : std::uint8_t {
  argument_without_value,
  argument_without_name,
  argument_not_utf8,
  argument_not_json,
  argument_not_object,
  argument_mixed,
  argument_twice,
  no_offer,
  bad_macaroon,
  bad_identifier,
  bad_invoice,
  hash_mismatch,
  expired,
  dated_in_future,
  amount_missing,
  price_mismatch,
  over_limit,
  over_budget,
  preimage_mismatch,
};

/// Tokens are API: they stand in `--json` errors. Rows are added, never renamed.
inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::argument_without_value, "argument_without_value", Cure::change_request,
     "An argument is neither key=text nor key:=json."},
    {Reason::argument_without_name, "argument_without_name", Cure::change_request,
     "An argument has no name in front of its value."},
    {Reason::argument_not_utf8, "argument_not_utf8", Cure::change_request,
     "An argument is not UTF-8."},
    {Reason::argument_not_json, "argument_not_json", Cure::change_request,
     "The value behind := is not JSON."},
    {Reason::argument_not_object, "argument_not_object", Cure::change_request,
     "The arguments are not one JSON object."},
    {Reason::argument_mixed, "argument_mixed", Cure::change_request,
     "Give either one JSON object or key=text and key:=json, not both."},
    {Reason::argument_twice, "argument_twice", Cure::change_request, "An argument is given twice."},
    {Reason::no_offer, "no_offer", Cure::none,
     "The gate asks for payment and offers nothing that can be paid here."},
    {Reason::bad_macaroon, "bad_macaroon", Cure::none,
     "The macaroon of the challenge cannot be read."},
    {Reason::bad_identifier, "bad_identifier", Cure::none,
     "The macaroon does not name a payment (66 bytes, version 0)."},
    {Reason::bad_invoice, "bad_invoice", Cure::none,
     "The invoice of the challenge is not a good BOLT 11 invoice."},
    {Reason::hash_mismatch, "hash_mismatch", Cure::none,
     "Macaroon and invoice are for different payments: paying would buy nothing."},
    {Reason::expired, "expired", Cure::wait, "The invoice has expired."},
    {Reason::dated_in_future, "dated_in_future", Cure::wait,
     "The invoice is dated in the future: look at this machine's clock."},
    {Reason::amount_missing, "amount_missing", Cure::none, "The invoice names no amount."},
    {Reason::price_mismatch, "price_mismatch", Cure::none,
     "The invoice is for another amount than the gate says."},
    {Reason::over_limit, "over_limit", Cure::none, "The price is above the limit."},
    {Reason::over_budget, "over_budget", Cure::none, "The price is above what is left to spend."},
    {Reason::preimage_mismatch, "preimage_mismatch", Cure::none,
     "The wallet's preimage does not belong to the invoice."},
};
static_assert(rows_in_enum_order(kReasons));

constexpr std::string_view to_text(Reason reason) { return row_of(kReasons, reason).token; }

}  // namespace tollhouse::dialogue
