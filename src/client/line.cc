// client: waiting for an errand.
#include "client/line.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace tollhouse::client {
namespace {

/// One answer on its way between two threads.
class Answer {
 public:
  void give(io::ErrandResult result) {
    // Told under the lock: once the waiting thread has the lock this value may be gone.
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
    given_.notify_one();
  }
  io::ErrandResult wait() {
    std::unique_lock lock(mutex_);
    given_.wait(lock, [this] { return result_.has_value(); });
    return std::move(*result_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_;
  std::optional<io::ErrandResult> result_;
};

std::vector<dialogue::FieldLine> lines_of(const std::vector<io::ErrandField>& fields) {
  std::vector<dialogue::FieldLine> lines;
  lines.reserve(fields.size());
  for (const io::ErrandField& field : fields) lines.push_back({field.name, field.value});
  return lines;
}

}  // namespace

Replied ask(io::Errands& errands, io::Errand errand, Witness& witness) {
  witness.sent(errand.method, errand.url, lines_of(errand.fields), errand.body);
  Answer answer;
  errands.send(std::move(errand),
               [&answer](io::ErrandResult result) { answer.give(std::move(result)); });
  io::ErrandResult result = answer.wait();
  if (!result) {
    witness.failed(result.error());
    return refuse(result.error());
  }
  dialogue::Reply reply{result->status, lines_of(result->fields), std::move(result->body)};
  witness.received(reply);
  return reply;
}

}  // namespace tollhouse::client
