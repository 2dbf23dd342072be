# cmake -D NPM=… -D STATIC=… -D FOLDER=… -P get_page_modules.cmake: has npm put what static/package-lock.json names into
# FOLDER/node_modules, and says what to do when it cannot.
file(MAKE_DIRECTORY ${FOLDER})
file(COPY ${STATIC}/package.json ${STATIC}/package-lock.json DESTINATION ${FOLDER})
set(cache "")
execute_process(COMMAND sh -c "test -w \"$HOME\"" RESULT_VARIABLE homeless) # npm keeps its cache there
if(homeless)
    set(cache --cache ${FOLDER}/cache)
endif()
execute_process(
    COMMAND ${NPM} ci --ignore-scripts --omit=dev --prefer-offline --no-audit --no-fund --no-update-notifier --loglevel=error ${cache}
    WORKING_DIRECTORY ${FOLDER} OUTPUT_QUIET ERROR_VARIABLE said RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "npm could not get the page's packages (static/package-lock.json):\n${said}"
        "Without a way to npm, get them elsewhere with `npm ci` in a copy of static/, and configure with "
        "-D FLEETMAN_PAGE_MODULES=<that folder>/node_modules")
endif()
file(TOUCH ${FOLDER}/complete)
