#include "hub/commit_requests.hpp"

#include "hub/idempotency.hpp"

namespace weir::hub {

PublishCommit::PublishCommit(PublishRequest request, base::Epoch epoch,
                             std::chrono::milliseconds window, Outcome deliver_outcome)
    : request_(std::move(request)), window_(window), deliver_outcome_(std::move(deliver_outcome)) {
  for (const auto& event : request_.events) bytes_ += event.bytes();
  published_.epoch = epoch;
  published_.count = request_.events.size();
}

base::Result<> PublishCommit::apply(log::Transaction& transaction) {
  if (request_.idempotency_key.empty()) return append_all(transaction);

  const auto fingerprint = idempotency::fingerprint(request_.events);
  auto earlier = idempotency::find(transaction, request_.idempotency_key, fingerprint);
  if (!earlier) return earlier.error();
  if (*earlier) {
    published_.first = (*earlier)->first;
    published_.count = (*earlier)->count;
    published_.repeated = true;
    return {};
  }
  if (auto appended = append_all(transaction); !appended) return appended;
  return idempotency::remember(transaction, request_.idempotency_key, fingerprint,
                               {*published_.first, published_.count}, window_);
}

base::Result<> PublishCommit::append_all(log::Transaction& transaction) {
  for (auto& event : request_.events) {
    for (const auto& topic : event.topics) {
      if (transaction.is_closed(topic)) {
        return base::make_error(base::ErrorCode::kTopicClosed, topic);
      }
    }
    const auto sequence = transaction.append(std::move(event));
    if (!published_.first) published_.first = sequence;
  }
  return {};
}

void PublishCommit::complete(base::Result<> outcome) {
  if (outcome) {
    deliver_outcome_(published_);
  } else {
    deliver_outcome_(outcome.error());
  }
}

}  // namespace weir::hub
