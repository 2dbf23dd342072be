#pragma once

#include <fleetman/storage/object_store.hpp>

#include <memory>

// The store that the contract is checked on, as the environment says.

namespace fleetman::contract {

// FLEETMAN_CONTRACT_STORE=memory, or the S3 server at S3_ENDPOINT with S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY and
// S3_REGION; the bucket is created. Throws what is missing.
std::shared_ptr<storage::object_store> open_store();

// Known differences between stores; see abilities.cpp for the table.
struct abilities
{
    bool conditional_put = true;
};

// By S3_PROVIDER; unknown ones are held to everything.
const abilities& abilities_of_store();

} // namespace fleetman::contract
