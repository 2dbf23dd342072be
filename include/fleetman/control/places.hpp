#pragma once

#include <cstddef>
#include <memory>

// A few places for work that costs something while it lasts. Nobody waits for one: whoever finds none is told so.

namespace fleetman::control {

class places
{
public:
    explicit places(std::size_t count) : free_(std::make_shared<std::size_t>(count)) {}

    // Taken as long as what is returned lives; null when all are taken.
    std::shared_ptr<void> enter()
    {
        if (*free_ == 0)
            return nullptr;
        --*free_;
        return {free_.get(), [free = free_](void*) { ++*free; }};
    }

private:
    std::shared_ptr<std::size_t> free_;
};

} // namespace fleetman::control
