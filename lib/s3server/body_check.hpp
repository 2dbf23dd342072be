#pragma once

#include "body_store.hpp"
#include "index_reader.hpp"
#include "rows.hpp"

#include <fleetman/core/digest.hpp>

#include <functional>
#include <optional>
#include <string>

// Whether a body is still what was put. All of it blocks.

namespace fleetman::s3server {

// A body that is read piece by piece, so that whoever reads it can pause in between.
class body_reading
{
public:
    // Fails with failed when the body cannot be read just now.
    static result<body_reading> begin(const body_store& bodies, index_reader& index, kept_body of);

    // Reads on; false at the end. Fails with failed on an error of the disk.
    result<bool> go_on();

    // At the end. Why it is not what was put; empty: it is.
    const std::string& damage() const { return damage_; }
    const kept_body& body() const { return of_; }
    // Hex, of what was read.
    const std::string& sha256() const { return sha256_; }

private:
    explicit body_reading(kept_body of) : of_(std::move(of)), hash_(hash::sha256) {}

    void conclude();

    kept_body of_;
    std::string bytes_;    // of a small one
    file_descriptor file_; // of a large one
    hasher hash_;
    std::uint64_t read_ = 0;
    bool lost_ = false; // there is no body where the index says
    std::string sha256_;
    std::string damage_;
};

} // namespace fleetman::s3server
