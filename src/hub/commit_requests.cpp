#include "hub/commit_requests.hpp"

#include <algorithm>

#include "hub/idempotency.hpp"

namespace weir::hub {

PublishCommit::PublishCommit(PublishRequest request, base::Epoch epoch,
                             std::chrono::milliseconds window, Outcome deliver_outcome)
    : request_(std::move(request)), window_(window), deliver_outcome_(std::move(deliver_outcome)) {
  for (const auto& event : request_.events) bytes_ += event.bytes();
  published_.epoch = epoch;
}

base::Result<> PublishCommit::apply(log::Transaction& transaction) {
  if (request_.idempotency_key.empty()) return append_all(transaction);

  // Made by the first who needs it: a start writes nothing, and a full disk then refuses this
  // request alone.
  if (auto prepared = idempotency::prepare(transaction.state()); !prepared) return prepared;
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
  // Nothing was published, so nothing can be published twice: a repetition may try again.
  if (!published_.first) return {};
  return idempotency::remember(transaction, request_.idempotency_key, fingerprint,
                               {*published_.first, published_.count}, window_);
}

base::Result<> PublishCommit::append_all(log::Transaction& transaction) {
  published_.count = 0;
  for (std::size_t i = 0; i < request_.events.size(); ++i) {
    auto& event = request_.events[i];
    const auto closed =
        std::find_if(event.topics.begin(), event.topics.end(),
                     [&](const auto& topic) { return transaction.is_closed(topic); });
    if (closed != event.topics.end()) {
      if (!request_.independent) return base::make_error(base::ErrorCode::kTopicClosed, *closed);
      published_.refused.push_back(i);
      continue;
    }
    const auto sequence = transaction.append(std::move(event));
    if (!published_.first) published_.first = sequence;
    ++published_.count;
  }
  return {};
}

void PublishCommit::complete(base::Result<> outcome) {
  if (outcome) {
    deliver_outcome_(std::move(published_));
  } else {
    deliver_outcome_(outcome.error());
  }
}

}  // namespace weir::hub
