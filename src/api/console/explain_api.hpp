#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/console/explanation.hpp"
#include "api/router.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// `POST /v1/explain`: why somebody has got an event or has not, or would. One per shard; its
/// thread only.
class ExplainApi {
 public:
  ExplainApi(hub::Hub& hub, std::size_t shard) : hub_(hub), shard_(shard) {}

  void add_routes(Router& router);

 private:
  struct Question {
    std::string cursor;
    std::optional<std::string> client_id;
    std::string token;  ///< Never to be logged or answered.
    std::vector<std::string> topics;
    std::vector<std::string> match;
    std::optional<std::string> filter;
  };
  static base::Result<Question> read_question(std::string_view body);

  void explain(const CallPtr& call);
  base::Result<Follower> imagine(const Call& call, const Question& question) const;
  void find_connected(const CallPtr& call, const Question& question);
  void answer(const CallPtr& call, std::string_view cursor, std::vector<Follower> followers);
  void answer_read(Call& call, base::Sequence sequence, const std::vector<Follower>& followers,
                   const log::ReadResult& result);

  hub::Hub& hub_;
  std::size_t shard_;
};

}  // namespace weir::api
