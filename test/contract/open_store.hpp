#pragma once

#include <fleetman/s3/s3_store.hpp>

#include <memory>
#include <string>

// The store that the contract is checked on, as the environment says.

namespace fleetman::contract {

// The S3 server at S3_ENDPOINT with S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY and S3_REGION; the bucket is created.
// Throws what is missing. Without S3_ENDPOINT, the memory store of the tests.
std::shared_ptr<storage::object_store> open_store();

// The client for the same server, its thresholds low enough for tests: puts above 6 MiB go in parts of 5 MiB, copies in
// parts of 5 MiB, ranges are of 1 MiB. Null for the memory store.
std::shared_ptr<s3::s3_store> open_client();

// Known differences between stores, in the words of the table in docs/providers.md: "enforced", "ignored", "refused".
struct abilities
{
    std::string put_if_absent;
    std::string put_if_unchanged;
    std::string copy_if_unchanged;

    bool conditional_put() const { return put_if_absent == "enforced" && put_if_unchanged == "enforced"; }
};

// The row of S3_PROVIDER, or of the memory store, which enforces everything. Throws when there is none.
const abilities& abilities_of_store();

} // namespace fleetman::contract
