# Rows of values without a header: as data frames, with the features' columns called V2, V3, ….

refused <- function(...) stop(structure(class = c("refused", "error", "condition"), list(message = paste0(...), call = NULL)))

# `names` are those of the columns; `text` is the content of one file or body.
read_rows <- function(text, names, where) {
  rows <- tryCatch(
    read.csv(text = text, header = FALSE, stringsAsFactors = FALSE, strip.white = TRUE),
    error = function(error) refused(where, ": ", conditionMessage(error))
  )
  if (!is.null(names) && ncol(rows) != length(names))
    refused(where, ": ", ncol(rows), " values in a row, ", length(names), " are wanted")
  if (!is.null(names)) colnames(rows) <- names
  rows
}

# Features of the kind that the model has learned: a text that it has not seen is missing, which a tree can answer.
fit_to <- function(rows, levels) {
  for (name in colnames(rows)) {
    if (!is.null(levels[[name]])) rows[[name]] <- factor(rows[[name]], levels = levels[[name]])
    else rows[[name]] <- suppressWarnings(as.numeric(rows[[name]]))
  }
  rows
}
