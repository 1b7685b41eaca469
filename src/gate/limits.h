// gate: every bound of the request path, with its default and reason (reliability-security.md 4).
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tollhouse::gate {

struct Limits {
  std::size_t body_bytes_max = 4 * 1024 * 1024;      ///< SDKs stop at about the same
  std::size_t head_bytes_max = 64 * 1024;            ///< macaroons are large
  std::size_t settle_buffer_bytes = 1024 * 1024;     ///< an answer kept whole until charged
  std::size_t event_bytes_max = 16 * 1024 * 1024;    ///< above: relayed unparsed
  std::size_t receipt_event_bytes_max = 256 * 1024;  ///< events kept to put a receipt in
  std::size_t stream_buffer_bytes = 256 * 1024;      ///< per stream, then back-pressure
  std::size_t kept_result_bytes_max = 64 * 1024;     ///< stored for redelivery
  std::size_t body_bytes_in_process = 256 * 1024 * 1024;
  std::uint32_t requests_per_connection = 100'000;
  std::uint32_t connections = 0;  ///< 0: min(0.8 of descriptors, 60 000)
  std::uint32_t connections_per_client = 1024;
  std::uint32_t streams = 50'000;
  std::uint32_t streams_per_client = 64;
  std::uint32_t challenges_per_minute = 60;          ///< mints per client
  std::uint32_t challenges_per_second_in_all = 100;  ///< each costs the wallet a call
  std::uint32_t unpaid_per_client = 20;              ///< open invoices
  std::uint32_t unpaid_in_all = 10'000;
  std::uint32_t failed_credentials_per_minute = 30;  ///< R-L402-16
  std::uint32_t releases = 3;                        ///< RS-21
  std::uint32_t upstream_waiting_max = 1024;
  Duration upstream_wait = std::chrono::seconds(1);
  Duration head_timeout = std::chrono::seconds(10);
  Duration body_timeout = std::chrono::seconds(30);
  Duration idle_timeout = std::chrono::seconds(75);
  Duration write_stall = std::chrono::seconds(30);
  Duration call_age_max = std::chrono::minutes(10);
  Duration stream_age_max = std::chrono::hours(1);
  Duration stream_comment_interval = std::chrono::seconds(15);
  Duration mint_timeout = std::chrono::seconds(5);
  Duration lookup_timeout = std::chrono::seconds(3);
  Duration ledger_timeout = std::chrono::seconds(1);
  Duration drain_timeout = std::chrono::seconds(30);
  Duration redelivery_window = std::chrono::seconds(600);
};

}  // namespace tollhouse::gate
