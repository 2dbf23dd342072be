# Everything Fleetman links against, all of it packaged by Debian 12 (see ./quickstart --no-install for the list).

find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(pugixml REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Threads REQUIRED)

# libxcrypt, for bcrypt; Debian's package has no CMake file.
find_library(FLEETMAN_CRYPT_LIBRARY crypt REQUIRED)
find_path(FLEETMAN_CRYPT_INCLUDE crypt.h REQUIRED)
add_library(fleetman_crypt INTERFACE)
add_library(Fleetman::crypt ALIAS fleetman_crypt)
target_link_libraries(fleetman_crypt INTERFACE ${FLEETMAN_CRYPT_LIBRARY})
target_include_directories(fleetman_crypt SYSTEM INTERFACE ${FLEETMAN_CRYPT_INCLUDE})

# Asio's and Beast's non-template code is compiled once, here, instead of in every file that includes them.
add_library(fleetman_boost STATIC lib/boost/asio.cpp lib/boost/beast.cpp)
add_library(Fleetman::boost ALIAS fleetman_boost)
target_compile_definitions(fleetman_boost PUBLIC
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED
    BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(fleetman_boost PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
