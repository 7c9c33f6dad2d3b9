"""Readers, tokenizers and batches that several tasks use."""

from keras_seq.data.epoch_batches import EpochBatches
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.data.sentencepiece import SentencePiece
from keras_seq.data.tokenizer import Tokenizer
from keras_seq.data.word_vectors import read_word_vectors

__all__ = ["EpochBatches", "Pretokenizer", "SentencePiece", "Tokenizer", "read_word_vectors"]
