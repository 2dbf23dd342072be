#pragma once

#include <fleetman/storage/object_store.hpp>

#include <memory>
#include <string>

// What a refusal to read says about a key. S3 answers 403, not 404, for a key that is not there, unless whoever asks
// may list the whole bucket; an agent may list its own cells only.

namespace fleetman::agent {

// True: `why`, the answer to reading `key`, says that there is no such key; or it says that it must not be read, and
// the store's listing, which may be, that there is none.
task<bool> says_absent(std::shared_ptr<storage::object_store> store, std::string key, error why);

} // namespace fleetman::agent
