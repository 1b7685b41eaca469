// config: `limits`, one key per field of gate::Limits, and what they owe one another.
#include <limits>

#include "base/format.h"
#include "config/sections.h"

namespace tollhouse::config {
namespace {

void read_sizes(const View& view, gate::Limits& limits) {
  limits.body_bytes_max = view.child("body").size();
  limits.head_bytes_max = view.child("head").size();
  limits.settle_buffer_bytes = view.child("settle_buffer").size();
  limits.event_bytes_max = view.child("event").size();
  limits.receipt_event_bytes_max = view.child("receipt_event").size();
  limits.stream_buffer_bytes = view.child("stream_buffer").size();
  limits.kept_result_bytes_max = view.child("kept_result").size();
  limits.body_bytes_in_process = view.child("bodies_in_process").size();
}

void read_counts(const View& view, gate::Limits& limits) {
  const auto count = [&](std::string_view name) {
    return static_cast<std::uint32_t>(view.child(name).whole());
  };
  limits.requests_per_connection = count("requests_per_connection");
  limits.connections =
      static_cast<std::uint32_t>(view.child("connections").whole_or_word().value_or(0));
  limits.connections_per_client = count("connections_per_client");
  limits.streams = count("streams");
  limits.streams_per_client = count("streams_per_client");
  limits.challenges_per_minute = count("challenges_per_minute");
  limits.challenges_per_second_in_all = count("challenges_per_second_in_all");
  limits.unpaid_per_client = count("unpaid_per_client");
  limits.unpaid_in_all = count("unpaid_in_all");
  limits.failed_credentials_per_minute = count("failed_credentials_per_minute");
  limits.releases = count("releases");
  limits.upstream_waiting_max = count("upstream_waiting");
}

void read_times(const View& view, gate::Limits& limits) {
  limits.upstream_wait = view.child("upstream_wait").duration();
  limits.head_timeout = view.child("head_timeout").duration();
  limits.body_timeout = view.child("body_timeout").duration();
  limits.idle_timeout = view.child("idle_timeout").duration();
  limits.write_stall = view.child("write_stall").duration();
  limits.call_age_max = view.child("call_age").duration();
  limits.stream_age_max = view.child("stream_age").duration();
  limits.stream_comment_interval = view.child("stream_comment_interval").duration();
  limits.mint_timeout = view.child("mint_timeout").duration();
  limits.lookup_timeout = view.child("lookup_timeout").duration();
  limits.ledger_timeout = view.child("ledger_timeout").duration();
  limits.drain_timeout = view.child("drain_timeout").duration();
  limits.redelivery_window = view.child("redelivery_window").duration();
}

}  // namespace

void read_limits(const View& top, Settings& settings) {
  const View view = top.child("limits");
  gate::Limits& limits = settings.policy.limits;
  read_sizes(view, limits);
  read_counts(view, limits);
  read_times(view, limits);
  if (limits.body_bytes_max > limits.body_bytes_in_process) {
    view.child("body").fault("is more than limits.bodies_in_process, so no such body could be read",
                             "lower it, or raise limits.bodies_in_process");
  }
}

}  // namespace tollhouse::config
