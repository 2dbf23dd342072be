#pragma once

#include <fleetman/core/worker_pool.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

// Long work on a pool that ends early when its caller is cancelled: a pool's threads cannot be interrupted.

namespace fleetman {

using stop_question = std::function<bool()>;

// As worker_pool::run(), with work that is handed a question, to be asked now and then from its own thread: yes once
// the caller was cancelled. What it returns then reaches nobody, for the caller ends at its next wait.
template <class F>
task<std::invoke_result_t<F, const stop_question&>> run_stoppable(worker_pool& pool, F work)
{
    const auto stopped = std::make_shared<std::atomic<bool>>(false);
    // Not taken by run(), whose wait knows no cancellation.
    boost::asio::cancellation_slot slot = (co_await boost::asio::this_coro::cancellation_state).slot();
    if (slot.is_connected())
        slot.assign([stopped](boost::asio::cancellation_type) { *stopped = true; });
    const stop_question question = [stopped] { return stopped->load(); };
    auto outcome = co_await pool.run([&] { return std::invoke(work, question); });
    if (slot.is_connected())
        slot.clear();
    co_return outcome;
}

} // namespace fleetman
