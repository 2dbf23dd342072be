#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

// How a store of this process, on threads of its own, tells of its changes to whoever holds a view of its buckets. Only
// which object changed is told: what it is now is asked of the store, like anything else. Safe from any thread.

namespace fleetman::storage {

class change_notices
{
public:
    static constexpr std::size_t most_waiting = 20'000;

    struct change
    {
        std::string bucket; // the store's own name for it
        std::string key;
        auto operator<=>(const change&) const = default;
    };

    // `wake` is called, on the thread that changes something, when the first change since take() is waiting; only keys
    // that are `wanted` count. An empty one ends it: when this returns, no call is under way.
    void listen(std::function<void()> wake, std::function<bool(const std::string& key)> wanted);

    // An object was put or removed, and whoever asks gets the new state.
    void changed(const std::string& bucket, const std::string& key);

    // What changed since the last time, each once. Beyond most_waiting changes are left out: the next look finds them.
    std::vector<change> take();

private:
    std::mutex guard_;
    std::function<void()> wake_;
    std::function<bool(const std::string&)> wanted_;
    std::set<change> waiting_;
};

} // namespace fleetman::storage
