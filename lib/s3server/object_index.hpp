#pragma once

#include "group_commit.hpp"
#include "index_reader.hpp"
#include "index_writer.hpp"

#include <fleetman/core/worker_pool.hpp>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <type_traits>
#include <vector>

// The index as coroutines see it: questions go to a few reading threads, changes to the one that writes, and nothing
// of SQLite ever runs on the I/O thread.

namespace fleetman::s3server {

class object_index
{
public:
    // Opens or creates index.db. Blocks.
    static result<std::unique_ptr<object_index>> open(const std::filesystem::path& file);

    object_index(database writer, std::vector<database> readers);

    // `question(index_reader&)` returns a result<T>; it may refer to what the caller keeps alive.
    template <class Question>
    task<std::invoke_result_t<Question, index_reader&>> read(Question question)
    {
        auto on_thread = [this, &question] {
            const lent_reader mine(*this);
            index_reader reader(*mine.index);
            return question(reader);
        };
        co_return co_await reading_.run(on_thread);
    }

    // `change(index_writer&)` returns a result<T>; when that is a value the change is durable.
    template <class Change>
    task<std::invoke_result_t<Change, index_writer&>> write(Change change)
    {
        auto on_thread = [&change](database& index) {
            index_writer writer(index);
            return change(writer);
        };
        co_return co_await writing_.run(on_thread);
    }

private:
    // One of the readers' connections, for the time of one question.
    struct lent_reader
    {
        explicit lent_reader(object_index& from);
        ~lent_reader();
        lent_reader(const lent_reader&) = delete;
        lent_reader& operator=(const lent_reader&) = delete;

        object_index& owner;
        database* index;
    };

    group_commit writing_;
    std::vector<database> readers_;
    std::mutex guard_;
    std::vector<database*> idle_;
    worker_pool reading_; // last: its threads use the readers
};

} // namespace fleetman::s3server
