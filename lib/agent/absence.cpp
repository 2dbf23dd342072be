#include "absence.hpp"

namespace fleetman::agent {

task<bool> says_absent(std::shared_ptr<storage::object_store> store, std::string key, error why)
{
    if (why.code() != errc::denied)
        co_return why.code() == errc::not_found;
    const auto page = co_await store->list({.prefix = key, .max_keys = 1}); // a key comes before all that begin with it
    co_return page && (page->objects.empty() ? page->continuation.empty() : page->objects.front().key != key);
}

} // namespace fleetman::agent
