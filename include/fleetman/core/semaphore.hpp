#pragma once

#include <fleetman/core/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>

// Bounds how many coroutines of one executor do something at once; the rest wait their turn, first come first served.

namespace fleetman {

class semaphore
{
public:
    explicit semaphore(std::size_t permits);

    // Given back when it goes away.
    class permit
    {
    public:
        permit() = default;
        permit(permit&&) noexcept = default;
        permit& operator=(permit&&) noexcept = default;

    private:
        friend class semaphore;
        struct giver;
        explicit permit(std::shared_ptr<giver> back) : back_(std::move(back)) {}
        std::shared_ptr<giver> back_;
    };

    // Waits for a permit that counts as `weight` of them, at most for all. Fails with cancelled when the caller is
    // cancelled while waiting.
    task<result<permit>> acquire(std::size_t weight = 1);

    // The same at once or not at all.
    std::optional<permit> try_acquire(std::size_t weight = 1);

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace fleetman
