"""Contamination: problems that hold a benchmark's question. Several methods, one form of what they find.

    benchmark.read -> stoplist.stoplist -> Index -> examination.examine

Texts are normalised (normalise), looked up in an index of all questions (index) by four methods (whole_question,
coverage, ngram, fuzzy), and every hit names benchmark, item, method and the span of the problem that is the question.
"""
