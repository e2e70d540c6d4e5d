#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "apps/task_feed/metrics.hpp"
#include "log/log.hpp"

namespace weir::apps::task_feed {

/// The tables, with every statement counted: that an idle feed asks nothing is a promise.
class CountedState final : public log::State {
 public:
  CountedState(log::State& state, Metrics& metrics) : state_(state), metrics_(metrics) {}

  base::Result<> execute(std::string_view sql, std::span<const log::Value> parameters) override {
    metrics_.queries.fetch_add(1, std::memory_order_relaxed);
    return state_.execute(sql, parameters);
  }
  base::Result<> query(std::string_view sql, std::span<const log::Value> parameters,
                       const std::function<void(log::Row)>& on_row) override {
    metrics_.queries.fetch_add(1, std::memory_order_relaxed);
    return state_.query(sql, parameters, on_row);
  }

 private:
  log::State& state_;
  Metrics& metrics_;
};

}  // namespace weir::apps::task_feed
